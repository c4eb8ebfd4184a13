import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BOOKKEEPING = 'previousEventId,previousEventID,redriveCount,redriveStatus,RedriveCount,SdkHttpMetadata,SdkResponseMetadata';
const PASSES = ['exact', 'causal'];
/** Cases that no engine can reproduce, and why. */
const LEFT_OUT: Record<string, string> = {
  'test_wait_timestamp_jsonata[INVALID_ISO]': 'its recording masks the input, whose text the replay then finds different',
};
const replay = fileURLToPath(new URL('../../../../shared/conformance/replay.mjs', import.meta.url));
const engineFile = fileURLToPath(new URL('../../engine.ts', import.meta.url));

if (!existsSync(replay)) {
  console.error(`The recorded executions are not beside this checkout: no ${replay}`);
  process.exit(2);
}
process.exitCode = await run(process.argv.slice(2));

async function run(more: string[]): Promise<number> {
  const engine = spawn(process.execPath, [engineFile, '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const out = join(mkdtempSync(join(tmpdir(), 'conformance-')), 'results.jsonl');
    const options = ['--needs', 'runnable', '--validated', '--jobs', '2', '--ignore', BOOKKEEPING, '--out', out, ...more];
    const player = spawn(process.execPath, [replay, '--engine', await urlOf(engine), ...options], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    await once(player, 'exit');
    return summary(readFileSync(out, 'utf8'));
  } finally {
    engine.kill();
  }
}

async function urlOf(engine: ChildProcess): Promise<string> {
  for await (const chunk of engine.stdout ?? []) {
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(String(chunk)) ?? [];
    if (url) return url;
  }
  throw new Error('The engine did not start');
}

interface Result {
  readonly id: string;
  readonly level: string;
  readonly findings: { level: string; diffs: string[] }[];
}

function summary(lines: string): number {
  const results: Result[] = lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const missed = results.filter(({ level }) => !PASSES.includes(level));
  const reasonFor = (id: string) => Object.entries(LEFT_OUT).find(([name]) => id.endsWith(name))?.[1];
  for (const { id, level, findings } of missed)
    console.log(`${level}  ${id}\n  ${reasonFor(id) ?? findings.flatMap(({ diffs }) => diffs).join('\n  ')}`);
  const failed = missed.filter(({ id }) => !reasonFor(id));
  const leftOut = missed.length - failed.length;
  const count = (level: string) => results.filter((result) => result.level === level).length;
  console.log(
    `${results.length} recorded cases: ${count('exact')} exact, ${count('causal')} causal, ${leftOut} left out, ${failed.length} not reproduced`,
  );
  return failed.length === 0 ? 0 : 1;
}
