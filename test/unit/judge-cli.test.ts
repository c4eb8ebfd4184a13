import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { pairsSchema } from '../../cli/judge/pairs.ts';
import { tracesSchema } from '../../cli/judge/traces.ts';
import { readInput } from '../../cli/read-input.ts';

const judge = (args: string[], input = '') => {
  const program = new URL('../../cli/judge/judge.ts', import.meta.url).pathname;
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { input, encoding: 'utf8' });
  return { status, stderr, lines: stdout.trim().split('\n').filter(Boolean) };
};
const bad = [50, 60, 55, 52];
const good = [10, 11, 12, 10];

describe('npm run judge', () => {
  it('prints one line per pair and per scenario, the worst metric deciding', () => {
    const input = JSON.stringify({
      vectors: [{ id: 'v', direction: 'increase', control: good, experiment: bad }],
      scenarios: [
        {
          id: 's',
          metrics: [
            { name: 'latency', direction: 'increase', control: good, experiment: good },
            { name: 'throughput', direction: 'decrease', control: bad, experiment: good },
          ],
        },
      ],
    });

    const { status, lines } = judge(['--pairs', '-'], input);

    expect(status).toBe(0);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { id: 'v', verdict: 'Failed', metrics: [{ samples: 4, margin: expect.any(Number) }] },
      {
        id: 's',
        verdict: 'Failed',
        reasons: [expect.stringMatching(/^throughput: /)],
        metrics: [{ verdict: 'Successful' }, { verdict: 'Failed' }],
      },
    ]);
  });

  it('prints both readings of a trace and takes counts that cannot be for no data', () => {
    const broken = { id: 'b', intervals: [{ t: 10, candidate: { n: 5, errors: 9 } }] };
    const input = JSON.stringify([
      { id: 't', intervals: [{ t: 10, candidate: { n: 100, errors: 3 } }], history: { n: 6000, errors: 6 } },
      broken,
    ]);

    const { lines } = judge(['--traces', '-', '--policy', 'sequential'], input);

    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { id: 't', verdict: 'Inconclusive', literal: { verdict: 'Failed' }, sequential: { verdict: 'Inconclusive' } },
      { id: 'b', verdict: 'Inconclusive' },
    ]);
  });

  it('says what is wrong in one line and exits with 2', () => {
    expect(judge([])).toMatchObject({ status: 2, stderr: expect.stringContaining('--pairs FILE or --traces FILE') });
    expect(judge(['--policy', 'hopeful'])).toMatchObject({ status: 2, stderr: expect.stringContaining('hopeful') });
  });

  it('explains itself', () => {
    expect(judge(['--help'])).toMatchObject({ status: 0, lines: expect.arrayContaining([expect.stringContaining('--pairs <file>')]) });
  });
});

describe('what the judge reads', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'judge-')), 'input.json');
  const read = <T>(schema: z.ZodType<T>, content: string) => {
    writeFileSync(file, content);
    return readInput(file, schema);
  };

  it('takes the NaN that other languages write for a missing value, outside of texts', async () => {
    const [pair] = await read(pairsSchema, '{"vectors":[{"id":"NaN","control":[NaN,1],"experiment":["NaN",-Infinity,1,null]}]}');

    expect(pair).toMatchObject({ id: 'NaN', metrics: [{ direction: 'either', control: [null, 1], experiment: [null, null, 1, null] }] });
  });

  it.each<[z.ZodType, string, RegExp]>([
    [pairsSchema, '{"vectors": [', /is not JSON/],
    [pairsSchema, '{"vectors": [{"id": "x", "control": [1]}]}', /vectors\[0\]\.experiment/],
    [pairsSchema, '{"vectors": [{"id": "x", "control": [], "experiment": [], "direction": "sideways"}]}', /sideways/],
    [pairsSchema, '{}', /neither "vectors" nor "scenarios"/],
    [tracesSchema, '{"id": "x"}', /\[0\]\.intervals/],
    [tracesSchema, '{"traces": [{"id": "x", "intervals": [{"candidate": null}]}]}', /\[0\]\.intervals\[0\]\.t/],
    [tracesSchema, '{"id": "x", "intervals": [{"t": 20}, {"t": 10}]}', /not after the one before it/],
    [tracesSchema, '{"id": "x", "intervals": [], "history": {"errorRate": 0.01}}', /neither "n" and "errors"/],
  ])('refuses what it cannot read, by place: %#', async (schema, content, message) => {
    await expect(read(schema, content)).rejects.toThrow(message);
  });

  it.each([0, 10, 1_795_000_000])('counts a trace from its beginning, also from a clock that begins at %d', async (begin) => {
    const interval = (t: number) => `{"t": ${t}, "candidate": {"n": 9, "errors": 9}}`;
    const trace = `{"id": "x", "intervals": [${interval(begin)}, ${interval(begin + 10)}], "history": {}}`;

    const [one, other] = await read(tracesSchema, `${trace}\n${trace}\n`);

    expect(one).toEqual(other);
    expect(one?.intervals.map(({ t }) => t)).toEqual([10, 20]);
  });

  it('says which file it cannot read', async () => {
    await expect(readInput('/nowhere.json', pairsSchema)).rejects.toThrow(/cannot read \/nowhere.json/);
  });
});
