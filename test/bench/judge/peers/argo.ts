import type { Judge } from '../judge.ts';
import { windows } from '../windows.ts';

/**
 * The AnalysisTemplate of `argo-rollouts` docs/features/analysis.md: `interval: 5m`,
 * `successCondition: result[0] >= 0.95`, `failureLimit: 3`, so the fourth failed measurement aborts.
 */
export const argo: Judge = {
  name: 'Argo Rollouts example',
  poll: 300,
  decide({ history, candidate }) {
    // Argo measures at once, so its first measurement reads the five minutes before the release.
    const first = windows(history, 300).slice(-1);
    // Without traffic there is no measurement: the comparison is then false.
    const failed = [...first, ...windows(candidate, 300)].flatMap((window, i) => (window.n - window.errors < 0.95 * window.n ? [i] : []));
    const fourth = failed[3];
    return fourth === undefined ? undefined : { at: (fourth + 1 - first.length) * 300, signals: ['errors'] };
  },
};
