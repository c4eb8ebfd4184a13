import { firstFailure, judgeTrace } from '#watch/judge/judge';
import { type JudgePolicy, literalPolicy, sequentialPolicy } from '#watch/judge/judge-policy';
import type { Ruling } from '#watch/judge/ruling';
import type { Counts, Trace } from '#watch/judge/trace';
import type { Signal } from './faults.ts';
import type { Judge } from './judge.ts';
import type { Bucket, Release } from './simulate.ts';
import { windows } from './windows.ts';

/** The false-alarm rate for the bound of the detection delay. */
export const alpha = sequentialPolicy.alpha;

/**
 * Makes our judge with one of its policies and `resourcesRollBack`.
 * By default memory only alerts and holds, which no other judge here can do.
 */
export function ours(judgeBy: 'literal' | 'sequential', poll: number): Judge {
  const policy = withResources(judgeBy === 'literal' ? literalPolicy : sequentialPolicy);
  return {
    name: `${judgeBy} ${poll} s`,
    poll,
    decide(release) {
      const failure = firstFailure(traceOf(release, poll), policy);
      return failure && { at: (failure.index + 1) * poll, signals: signalsOf(failure.ruling) };
    },
    holds: (release) => judgeTrace(traceOf(release, poll), policy).verdict !== 'Successful',
  };
}

function withResources(policy: JudgePolicy): JudgePolicy {
  return { ...policy, limits: { ...policy.limits, resourcesRollBack: true } };
}

/** Turns a release into a trace, as `npx sluice judge --traces` reads it. */
export function traceOf({ cell, candidate, baseline, history }: Release, poll: number): Trace {
  const old = baseline && windows(baseline, poll).map(counts);
  const intervals = windows(candidate, poll).map((window, i) => ({
    t: (i + 1) * poll,
    candidate: counts(window),
    ...(old ? { baseline: old[i] ?? null } : {}),
  }));
  return { id: cell.fault.name, intervals, history: { intervals: windows(history, poll).map(counts) } };
}

function counts({ n, errors, overOldP95, cpu, memory }: Bucket): Counts {
  return { n, errors, slow: overOldP95, cpu, memory };
}

/** Lists the failed signals. A literal breach is only in the reasons, because the metrics show the statistics. */
function signalsOf({ metrics, reasons }: Ruling): Signal[] {
  const failed = metrics.filter(({ verdict, onFailed }) => verdict === 'Failed' && onFailed === 'roll-back').map(({ name }) => name);
  return (failed.length > 0 ? failed : reasons.map((reason) => reason.split(':')[0] ?? '')).map(signalOf);
}

function signalOf(metric: string): Signal {
  if (/slow|latency|response/i.test(metric)) return 'latency';
  if (/cpu/i.test(metric)) return 'cpu';
  if (/memory/i.test(metric)) return 'memory';
  return 'errors';
}
