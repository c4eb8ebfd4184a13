import { type Deployment, hasEnded } from '#deployment/deployment';
import { DeploymentNotFound } from '#platform/errors';
import { environmentNames } from '#policy/policy';
import type { LockKey, LockState } from '#release/locks.port';
import { handOnLock } from '#release/pass-lock-on.flow';
import { applications, deployments, locks, now } from '#services';

const actor = 'sluice/Recover';

/** Looks after locks whose holder has ended, or whose lease has lapsed: nobody else would ever give them back. */
export async function sweepLocks(): Promise<void> {
  const registered = await applications().listApplications();
  const keys = registered.flatMap(({ name }) => environmentNames.map((environment) => ({ application: name, environment })));
  for (const key of keys) await sweepLock(key, await locks().read(key));
}

async function sweepLock(key: LockKey, lock: LockState): Promise<void> {
  const holder = lock.holder && !lock.heldBecause && (await deployments().read(lock.holder).catch(unknown));
  if (!holder) return;
  const lapsed = lock.leaseUntil !== undefined && Date.parse(lock.leaseUntil) < now().getTime();
  const occasion = { place: `swept/${key.environment}/${lock.fence}`, actor };
  if (hasEnded(holder) && isLeftOpen(holder, key)) return locks().keepHeld(key, holder.id, stateOf(holder, key));
  if (hasEnded(holder) || (lapsed && holder[key.environment]?.result && !isLeftOpen(holder, key)))
    return handOnLock(key, holder.id, occasion);
  // Whoever was given the lock and never acted has not heard of it.
  if (lapsed && lock.handed) await handOnLock(key, lock.handed.from, occasion);
}

/** Whether the environment may still serve what was to be undone: only a person knows when it is well again. */
function isLeftOpen(holder: Deployment, { environment }: LockKey): boolean {
  const release = holder[environment];
  return release !== undefined && (release.result === undefined || release.result === 'RollbackFailed');
}

const stateOf = (holder: Deployment, { environment }: LockKey): string =>
  holder[environment]?.resultReason ?? `${holder.id} ended as ${holder.outcome} while ${environment} was being changed`;

function unknown(error: Error): undefined {
  if (error instanceof DeploymentNotFound) return undefined;
  throw error;
}
