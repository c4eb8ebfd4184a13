import type { Judge } from '../judge.ts';
import { windows } from '../windows.ts';

/**
 * The alarm of SAM's and CodeDeploy's samples for `DeploymentPreference`:
 * `Errors` Sum > 0, Period 60, EvaluationPeriods 2.
 */
export const samAlarm: Judge = {
  name: 'SAM alarm',
  poll: 60,
  decide({ candidate }) {
    const minutes = windows(candidate, 60);
    const second = minutes.findIndex((minute, i) => minute.errors > 0 && (minutes[i - 1]?.errors ?? 0) > 0);
    return second < 0 ? undefined : { at: (second + 1) * 60, signals: ['errors'] };
  },
};
