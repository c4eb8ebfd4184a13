import { type Deployment, hasEnded } from '#deployment/deployment';
import { DeploymentNotFound, undefinedIf } from '#platform/errors';
import type { Applications } from '#policy/applications.port';
import { environmentNames } from '#policy/policy';
import type { LockKey, LockState } from '#release/locks.port';
import { type LockPorts, passLockOn } from '#release/pass-lock-on.flow';

const actor = 'sluice/Recover';

export interface SweepPorts extends LockPorts {
  readonly applications: Applications;
}

/** Looks at locks with an ended holder or a lapsed lease. Nothing else would ever free these locks. */
export async function sweepLocks(ports: SweepPorts): Promise<void> {
  const registered = await ports.applications.listApplications();
  const keys = registered.flatMap(({ name }) => environmentNames.map((environment) => ({ application: name, environment })));
  for (const key of keys) await sweepLock(ports, key, await ports.locks.read(key));
}

async function sweepLock(ports: SweepPorts, key: LockKey, lock: LockState): Promise<void> {
  const holder = lock.holder && !lock.heldBecause && (await ports.deployments.read(lock.holder).catch(undefinedIf(DeploymentNotFound)));
  if (!holder) return;
  const lapsed = lock.leaseUntil !== undefined && Date.parse(lock.leaseUntil) < ports.now().getTime();
  const entry = { entryKey: `swept/${key.environment}/${lock.fence}`, actor };
  if (hasEnded(holder) && isLeftOpen(holder, key)) return ports.locks.keepHeld(key, holder.id, stateOf(holder, key));
  if (hasEnded(holder) || (lapsed && holder[key.environment]?.result && !isLeftOpen(holder, key)))
    return passLockOn(ports, key, holder.id, entry);
  // The holder has not acted since it got the lock, so its wake-up may be lost: wake it again.
  if (lapsed && lock.handed) await passLockOn(ports, key, lock.handed.from, entry);
}

/** True if the environment may still serve a failed candidate. Only a person knows when it is healthy again. */
function isLeftOpen(holder: Deployment, { environment }: LockKey): boolean {
  const release = holder[environment];
  return release !== undefined && (release.result === undefined || release.result === 'RollbackFailed');
}

const stateOf = (holder: Deployment, { environment }: LockKey): string =>
  holder[environment]?.resultReason ?? `${holder.id} ended as ${holder.outcome} while ${environment} was being changed`;
