import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Item } from '../../cli/judge/items.ts';
import { readPairs } from '../../cli/judge/pairs.ts';
import { readTraces } from '../../cli/judge/traces.ts';
import { readJson } from '../../cli/read-input.ts';
import { historyAt, times } from '../functions/watch/judge/trace-fixture.ts';

const program = new URL('../../cli/sluice.ts', import.meta.url).pathname;
const judge = (args: string[], input = '') => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'judge', ...args], { input, encoding: 'utf8' });
  return { status, stderr, lines: stdout.trim().split('\n').filter(Boolean) };
};
const bad = [50, 60, 55, 52];
const good = [10, 11, 12, 10];

describe('sluice judge', () => {
  it('prints one line for each pair and each scenario, with the verdict of the worst metric', () => {
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
        reasons: expect.arrayContaining([expect.stringMatching(/^throughput: /)]),
        metrics: [{ verdict: 'Successful' }, { verdict: 'Failed' }],
      },
    ]);
  });

  it('judges a trace both ways, and treats impossible counts as missing data', () => {
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

  it('names a missing or wrong option and exits with 2', () => {
    expect(judge([])).toMatchObject({ status: 2, stderr: expect.stringContaining('--pairs FILE or --traces FILE') });
    expect(judge(['--policy', 'hopeful'])).toMatchObject({ status: 2, stderr: expect.stringContaining('hopeful') });
  });

  it('judges the readable entries although one is unreadable, and exits with 2', () => {
    const { status, stderr, lines } = judge(['--pairs', '-'], JSON.stringify([{ id: 'x' }, { id: 'y', control: good, experiment: good }]));

    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { id: 'x', verdict: 'Inconclusive', reasons: [expect.stringMatching(/^cannot be read: control: /)] },
      { id: 'y', verdict: 'Successful' },
    ]);
    expect({ status, stderr }).toEqual({ status: 2, stderr: 'sluice: 1 of 2 entries cannot be read; their lines say why\n' });
  });

  it('exits with 0 when the reader closes the pipe early', () => {
    const pairs = JSON.stringify(times(3000, { id: 'x', control: good, experiment: good }));
    const piped = spawnSync('bash', ['-o', 'pipefail', '-c', `'${process.execPath}' '${program}' judge --pairs - | head -1`], {
      input: pairs,
      encoding: 'utf8',
    });

    expect(piped).toMatchObject({ status: 0, stderr: '' });
  });

  it('raises no false alarm in a trace that is longer than the planned watch', () => {
    const counts = times(180, 0).map((_, index) => ({ n: 100, errors: index % 40 === 20 ? 8 : 1 }));
    const intervals = counts.map((candidate, index) => ({ t: 3_600 * (index + 1), candidate }));
    const long = JSON.stringify({ id: 'long', intervals, history: historyAt(0.01) });

    const [line] = judge(['--traces', '-', '--policy', 'sequential'], long).lines;

    expect(JSON.parse(line ?? '')).toMatchObject({ failedAtSeconds: null });
  });

  it('prints its options with --help', () => {
    expect(judge(['--help'])).toMatchObject({ status: 0, lines: expect.arrayContaining([expect.stringContaining('--pairs <file>')]) });
  });
});

describe('the input of sluice judge', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'judge-')), 'input.json');
  const read = async <T>(reader: (content: unknown) => Item<T>[], content: string) => {
    writeFileSync(file, content);
    return reader(await readJson(file));
  };
  const good = '"id":"a","control":[1],"experiment":[1]';

  it('reads NaN and Infinity outside of strings as missing values', async () => {
    const [pair] = await read(readPairs, '{"vectors":[{"id":"NaN","control":[NaN,1],"experiment":["NaN",-Infinity,1,null]}]}');

    expect(pair).toMatchObject({
      id: 'NaN',
      value: { metrics: [{ direction: 'either', control: [null, 1], experiment: [null, null, 1, null] }] },
    });
  });

  it.each([
    `{${good}}`,
    `[{${good}}]`,
    `{${good}}\n\n{${good}}\r\n`,
    `{"vectors":[{${good}}]}\n{"scenarios":[]}`,
    `\uFEFF{"vectors":[{${good}}]}`,
  ])('reads one pair, an array of pairs, one on each line, or a file with a byte order mark: %#', async (content) => {
    for (const pair of await read(readPairs, content)) expect(pair).toMatchObject({ id: 'a', value: { metrics: [{ control: [1] }] } });
  });

  it.each<[(content: unknown) => unknown, string, RegExp]>([
    [readPairs, '{"vectors": [', /is not JSON/],
    [readPairs, '{}', /"vectors" and "scenarios" are both missing/],
    [readPairs, '{"vectors": {}}', /must be arrays/],
    [readPairs, `{${good}}\n\n{${good}\n`, /is not JSON in line 3/],
    [readTraces, '"x"', /must be an object or an array/],
  ])('refuses a file that it cannot read: %#', async (reader, content, message) => {
    writeFileSync(file, content);

    await expect(async () => reader(await readJson(file))).rejects.toThrow(message);
  });

  it.each<[(content: unknown) => Item<unknown>[], string, RegExp]>([
    [readPairs, '{"vectors": [{"id": "x", "control": [1]}]}', /^experiment: /],
    [readPairs, '{"vectors": [{"id": "x", "control": [], "experiment": [], "direction": "sideways"}]}', /sideways/],
    [readPairs, '{"vectors": [{"id": "x", "control": [], "experiment": [], "direction": "constructor"}]}', /constructor/],
    [readTraces, '{"id": "x"}', /^intervals: /],
    [readTraces, '{"traces": [{"id": "x", "intervals": [{"candidate": null}]}]}', /^intervals.0.t: /],
    [readTraces, '{"id": "x", "intervals": [{"t": 20}, {"t": 10}]}', /not after the one before it/],
    [readTraces, '{"id": "x", "intervals": [], "history": {"errorRate": 0.01}}', /must have "n" and "errors"/],
  ])('names the wrong field of an unreadable entry: %#', async (reader, content, message) => {
    expect(await read(reader, content)).toEqual([{ id: 'x', problem: expect.stringMatching(message) }]);
  });

  it.each([
    [0, 10],
    [10, 10],
    [1_795_000_000, 10],
    [1_795_000_000_000, 10_000],
    [10_000, 10_000],
  ])('turns the times of a trace that begins at %d with steps of %d into seconds since its beginning', async (begin, step) => {
    const interval = (t: number) => `{"t": ${t}, "candidate": {"n": 9, "errors": 9}}`;
    const trace = `{"id": "x", "intervals": [${interval(begin)}, ${interval(begin + step)}], "history": {}}`;

    const [one, other] = await read(readTraces, `${trace}\n${trace}\n`);

    expect(one).toEqual(other);
    expect(one).toMatchObject({ value: { intervals: [{ t: 10 }, { t: 20 }] } });
  });

  it('names the file that it cannot read', async () => {
    await expect(readJson('/nowhere.json')).rejects.toThrow(/cannot read \/nowhere.json/);
  });
});
