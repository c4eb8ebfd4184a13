import type { Judge } from '../judge.ts';
import { windows } from '../windows.ts';

/**
 * The AnalysisTemplate of Argo Rollouts' documentation: `interval: 5m`, `successCondition: result[0] >= 0.95`, `failureLimit: 3`,
 * so that the fourth failed measurement aborts (argo-rollouts docs/features/analysis.md). The first is taken at once, and sees the five minutes before
 * the release. No traffic is no measurement.
 */
export const argo: Judge = {
  name: 'Argo Rollouts example',
  poll: 300,
  decide({ history, candidate }) {
    const first = windows(history, 300).slice(-1);
    const failed = [...first, ...windows(candidate, 300)].flatMap((window, i) => (window.n - window.errors < 0.95 * window.n ? [i] : []));
    const fourth = failed[3];
    return fourth === undefined ? undefined : { at: (fourth + 1 - first.length) * 300, signals: ['errors'] };
  },
};
