import type { ServiceDeployment } from './types.ts';

/** The wanted number of tasks of each revision. A revision that is not named gets none. */
export type Counts = ReadonlyMap<string, number>;

/** The facts that decide a deployment's next move. */
export interface Scene {
  readonly nowMs: number;
  readonly desired: number;
  readonly staying: (revision: string | undefined) => number;
  readonly healthy: (revision: string | undefined) => number;
  readonly existing: (revision: string | undefined) => number;
}

const UNDER_WAY = ['PENDING', 'IN_PROGRESS', 'ROLLBACK_REQUESTED', 'ROLLBACK_IN_PROGRESS'];

export const hasEnded = ({ status }: ServiceDeployment): boolean => !UNDER_WAY.includes(status);

export const isUnderWay = (deployment: ServiceDeployment | undefined): deployment is ServiceDeployment =>
  deployment !== undefined && UNDER_WAY.includes(deployment.status);

export const isRollback = ({ status }: ServiceDeployment): boolean => status.startsWith('ROLLBACK_');

/** The first deployment has no other beside it, under any strategy. */
export const isRolling = ({ source, configuration }: ServiceDeployment): boolean =>
  !source || (configuration.strategy ?? 'ROLLING') === 'ROLLING';
