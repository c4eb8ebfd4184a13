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

export interface JudgeOptions {
  readonly pairs?: string;
  readonly traces?: string;
  readonly policy: 'literal' | 'sequential';
}

/** Judges recorded pairs or traces and prints one JSON line for each. An unreadable entry leads to exit code 2. */
export async function judge({ pairs, traces, policy }: JudgeOptions): Promise<void> {
  // A reader such as `head` closes the pipe when it has enough lines. That is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  if (pairs !== undefined) return judgeEach(readPairs(await readJson(pairs)), judgePair);
  if (traces === undefined) throw new UsageError('name what to judge: --pairs FILE or --traces FILE (--help shows the formats)');
  const judged = policy === 'literal' ? literalPolicy : sequentialPolicy;
  judgeEach(readTraces(await readJson(traces)), (trace) => judgeWatch(trace, judged));
}

/** Prints Inconclusive for each unreadable entry, judges the rest, and fails at the end. */
function judgeEach<T>(items: readonly Item<T>[], ruled: (value: T) => object): void {
  for (const item of items) print('value' in item ? ruled(item.value) : unread(item));
  const unreadable = items.filter((item) => 'problem' in item).length;
  if (unreadable > 0) throw new UsageError(`${unreadable} of ${items.length} entries cannot be read; their lines say why`);
}

const unread = ({ id, problem }: { id: string; problem: string }) => ({
  id,
  verdict: 'Inconclusive',
  reasons: [`cannot be read: ${problem}`],
  metrics: [],
});

/** If a trace is longer than the planned watch, the judge spreads its chance of a false alarm over the whole trace. */
function judgeWatch(trace: Trace, policy: JudgePolicy) {
  const planned = { ...policy, horizonSeconds: Math.max(policy.horizonSeconds, trace.intervals.at(-1)?.t ?? 0) };
  const failed = firstFailure(trace, planned);
  return { id: trace.id, ...judgeTrace(trace, planned), failedAtSeconds: failed ? trace.intervals[failed.index]?.t : null };
}

function judgePair({ id, metrics }: Pair) {
  const rulings = metrics.map((metric) => judgeSeries(metric, { comparisons: metrics.length }));
  const verdict = combineVerdicts(rulings.map((ruling) => ruling.verdict));
  return { id, verdict, reasons: reasonsFor(rulings, verdict), metrics: rulings };
}

const reasonsFor = (rulings: readonly MetricRuling[], wanted: string) =>
  rulings.filter(({ verdict }) => verdict === wanted).flatMap(({ name, reasons }) => reasons.map((reason) => `${name}: ${reason}`));

const print = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);
