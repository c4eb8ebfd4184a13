import type { ServiceDeployment } from './types.ts';

/** How many tasks of each revision there shall be; a revision that is not named shall have none. */
export type Counts = ReadonlyMap<string, number>;

/** What a deployment's next move is judged by. */
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

/** The first deployment has nothing beside it, whatever the strategy. */
export const isRolling = ({ source, configuration }: ServiceDeployment): boolean =>
  !source || (configuration.strategy ?? 'ROLLING') === 'ROLLING';
