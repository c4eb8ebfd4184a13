import type { Retrier } from './definition.ts';
import type { Execution } from './frame.ts';
import { draw } from './random.ts';

export function retryDelayMs(retrier: Retrier, used: number, execution: Execution): number {
  const { IntervalSeconds = 1, BackoffRate = 2, MaxDelaySeconds = Number.POSITIVE_INFINITY, JitterStrategy } = retrier;
  const seconds = Math.min(IntervalSeconds * BackoffRate ** used, MaxDelaySeconds);
  return Math.round(1000 * seconds * (JitterStrategy === 'FULL' ? draw(execution) : 1));
}
