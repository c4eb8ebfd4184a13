import { hasEnded } from '#domain/deployment';
import type { EnvironmentName } from '#domain/policy';
import { verdictOfChecks } from '#domain/probes';
import { standing } from '#domain/rollback';
import type { Application } from '#ports/applications';
import type { LockKey } from '#ports/locks';
import { handOnLock } from './hand-on-lock.ts';
import { runChecks } from './run-checks.ts';
import { deploymentStarter, deployments, locks, records, targetOf } from './services.ts';

export type UnlockAnswer =
  | { readonly unlocked: true; readonly holder: string; readonly serves: string }
  | { readonly unlocked: false; readonly because: string };

/** Gives a lock back that a failed rollback keeps, once what serves passes the two checks that the rollback owed. */
export async function unlock(key: LockKey, { by, reason }: { by: string; reason: string }, place: string): Promise<UnlockAnswer> {
  const application = await records().readApplication(key.application);
  const { holder, heldBecause, fence } = await locks().read(key);
  if (!holder) return { unlocked: false, because: 'nobody holds its lock' };
  if (await isUnderWay(holder, heldBecause))
    return { unlocked: false, because: `${holder} is under way there; \`sluice show ${holder}\` says how far it is` };
  const { serves, wrong } = await look(application, key.environment).catch(({ message }: Error) => ({
    serves: '',
    wrong: `what serves could not be asked: ${message}`,
  }));
  if (wrong) return { unlocked: false, because: wrong };
  const occasion = { place, actor: by };
  await deployments().record(holder, occasion, (current) => ({
    event: { type: 'LockReleased', environment: key.environment, fence, by, reason, serves },
    next: current,
  }));
  await handOnLock(key, holder, occasion);
  return { unlocked: true, holder, serves };
}

/** A rollback that was lost keeps its lock although its deployment has no outcome; what still runs may be undoing it. */
async function isUnderWay(holder: string, heldBecause: string | undefined): Promise<boolean> {
  if (hasEnded(await deployments().read(holder))) return false;
  return !heldBecause || (await deploymentStarter().statusOfDeployment(holder)) === 'RUNNING';
}

async function look(application: Application, environment: EnvironmentName): Promise<{ serves: string; wrong?: string }> {
  const target = targetOf(application, environment);
  const serving = await target.serving();
  const { version } = serving;
  const checks = await runChecks(target, { version, checks: application.checks, names: ['service-health', 'functional-validation'] });
  const serves = standing(serving, checks);
  const isWell = !serving.candidate && verdictOfChecks(checks) === 'Successful';
  return isWell ? { serves } : { serves, wrong: serves };
}
