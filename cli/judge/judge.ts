#!/usr/bin/env node
import { Command, Option } from 'commander';
import { combineVerdicts } from '#deployment/verdict';
import { firstFailure, judgeTrace } from '#watch/judge/judge';
import { type JudgePolicy, literalPolicy, sequentialPolicy } from '#watch/judge/judge-policy';
import type { MetricRuling } from '#watch/judge/ruling';
import { judgeSeries } from '#watch/judge/series';
import type { Trace } from '#watch/judge/trace';
import { readJson } from '../read-input.ts';
import { UsageError } from '../usage-error.ts';
import type { Item } from './items.ts';
import { type Pair, readPairs } from './pairs.ts';
import { readTraces } from './traces.ts';

const program = new Command('judge')
  .description('Judges recorded metrics as releases are judged; prints one JSON line per id.')
  .addOption(
    new Option(
      '--pairs <file>',
      '{"vectors": [{id, direction?, control, experiment}]} or {"scenarios": [{id, metrics: […]}]}, an array of either or one a line; - reads standard input',
    ),
  )
  .addOption(
    new Option(
      '--traces <file>',
      '{id, intervals: [{t, candidate: {n, errors, slow, cpu, memory}, baseline?}], history}, an array of them, {"traces": […]} or one a line; - reads standard input',
    ).conflicts('pairs'),
  )
  .addOption(
    new Option('--policy <name>', 'how traces are ruled on: by the limits as written, or by evidence')
      .choices(['literal', 'sequential'])
      .default('literal'),
  )
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .showHelpAfterError();

interface Options {
  readonly pairs?: string;
  readonly traces?: string;
  readonly policy: 'literal' | 'sequential';
}

async function run({ pairs, traces, policy }: Options): Promise<void> {
  if (pairs !== undefined) return judgeEach(readPairs(await readJson(pairs)), judgePair);
  if (traces === undefined) throw new UsageError('say what to judge: --pairs FILE or --traces FILE (--help shows their formats)');
  const judged = policy === 'literal' ? literalPolicy : sequentialPolicy;
  judgeEach(readTraces(await readJson(traces)), (trace) => judgeWatch(trace, judged));
}

/** Says of what cannot be read that nothing is known of it, judges the rest, and fails at the end. */
function judgeEach<T>(items: readonly Item<T>[], ruled: (value: T) => object): void {
  for (const item of items) print('value' in item ? ruled(item.value) : unread(item));
  const unreadable = items.filter((item) => 'problem' in item).length;
  if (unreadable > 0) throw new UsageError(`${unreadable} of ${items.length} cannot be read`);
}

const unread = ({ id, problem }: { id: string; problem: string }) => ({
  id,
  verdict: 'Inconclusive',
  reasons: [`cannot be read: ${problem}`],
  metrics: [],
});

/** A trace that is longer than the watch was planned to be spreads its chances over all of it. */
function judgeWatch(trace: Trace, policy: JudgePolicy) {
  const planned = { ...policy, horizonSeconds: Math.max(policy.horizonSeconds, trace.intervals.at(-1)?.t ?? 0) };
  const failed = firstFailure(trace, planned);
  return { id: trace.id, ...judgeTrace(trace, planned), failedAtSeconds: failed ? trace.intervals[failed.index]?.t : null };
}

function judgePair({ id, metrics }: Pair) {
  const rulings = metrics.map((metric) => judgeSeries(metric, metrics.length));
  const verdict = combineVerdicts(rulings.map((ruling) => ruling.verdict));
  return { id, verdict, reasons: reasonsFor(rulings, verdict), metrics: rulings };
}

const reasonsFor = (rulings: readonly MetricRuling[], wanted: string) =>
  rulings.filter(({ verdict }) => verdict === wanted).flatMap(({ name, reasons }) => reasons.map((reason) => `${name}: ${reason}`));

const print = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);

// Who reads no further, as head does, has what they wanted.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

try {
  await run(program.parse().opts<Options>());
} catch (error) {
  const mendable = error instanceof UsageError;
  console.error(`judge: ${mendable ? error.message : error instanceof Error ? error.stack : String(error)}`);
  process.exitCode = mendable ? 2 : 1;
}
