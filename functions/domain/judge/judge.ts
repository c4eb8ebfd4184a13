import type { Limits } from '../policy.ts';
import type { JudgePolicy } from './judge-policy.ts';
import type { Ruling } from './ruling.ts';
import type { Counts, Trace } from './trace.ts';

const over = ({ n, errors }: Counts, limits: Limits) => n >= limits.minimumRequests && (100 * errors) / n > limits.errorRatePercent;

/** Judges a release as of the trace's last interval. */
export function judgeTrace(trace: Trace, _policy: JudgePolicy): Ruling {
  const failed = trace.intervals.some(({ candidate }) => candidate !== null && over(candidate, _policy.limits));
  const verdict = failed ? 'Failed' : 'Successful';
  const reading = { verdict, reasons: [] } as const;
  return { ...reading, metrics: [], literal: reading, sequential: reading };
}

/** Replays a trace look by look and says at which interval, if any, the release is first rolled back. */
export function firstFailure(trace: Trace, policy: JudgePolicy): { index: number; ruling: Ruling } | undefined {
  for (let index = 0; index < trace.intervals.length; index++) {
    const ruling = judgeTrace({ ...trace, intervals: trace.intervals.slice(0, index + 1) }, policy);
    if (ruling.verdict === 'Failed') return { index, ruling };
  }
  return undefined;
}
