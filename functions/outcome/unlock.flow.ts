import { hasEnded } from '#deployment/deployment';
import type { Executions } from '#platform/executions.port';
import type { Application } from '#policy/application';
import type { Applications } from '#policy/applications.port';
import type { EnvironmentName } from '#policy/policy';
import type { LockKey } from '#release/locks.port';
import { type LockPorts, passLockOn } from '#release/pass-lock-on.flow';
import { servingInWords } from '#release/rollback';
import { verdictOfChecks } from '#target/probes';
import { runChecks } from '#target/run-checks.flow';
import type { Target } from '#target/target.port';

export interface UnlockPorts extends LockPorts {
  readonly applications: Applications;
  readonly deploymentStarter: Pick<Executions, 'statusOfDeployment'>;
  readonly targetOf: (application: Application, environment: EnvironmentName) => Target;
}

export type UnlockResult =
  | { readonly unlocked: true; readonly holder: string; readonly serves: string }
  | { readonly unlocked: false; readonly because: string };

/** Frees a lock that a failed rollback keeps, once the serving version passes the rollback's two checks (R-BACK-9). */
export async function unlock(
  ports: UnlockPorts,
  key: LockKey,
  { by, reason }: { by: string; reason: string },
  entryKey: string,
): Promise<UnlockResult> {
  const application = await ports.applications.readApplication(key.application);
  const { holder, heldBecause, fence } = await ports.locks.read(key);
  if (!holder) return { unlocked: false, because: 'no deployment holds its lock' };
  if (await isUnderWay(ports, holder, heldBecause))
    return { unlocked: false, because: `${holder} is under way there; \`sluice show ${holder}\` says how far it is` };
  const { serves, wrong } = await look(ports, application, key.environment).catch(({ message }: Error) => ({
    serves: '',
    wrong: `the target could not be asked what serves: ${message}`,
  }));
  if (wrong) return { unlocked: false, because: wrong };
  const entry = { entryKey, actor: by };
  await ports.deployments.record(holder, entry, (current) => ({
    event: { type: 'LockReleased', environment: key.environment, fence, by, reason, serves },
    next: current,
  }));
  await passLockOn(ports, key, holder, entry);
  return { unlocked: true, holder, serves };
}

/**
 * True if the holder may still change the environment. A lost rollback keeps its lock although its deployment
 * has no outcome; while an execution runs, it may still undo the release.
 */
async function isUnderWay(ports: UnlockPorts, holder: string, heldBecause: string | undefined): Promise<boolean> {
  if (hasEnded(await ports.deployments.read(holder))) return false;
  return !heldBecause || (await ports.deploymentStarter.statusOfDeployment(holder)) === 'RUNNING';
}

async function look(
  ports: UnlockPorts,
  application: Application,
  environment: EnvironmentName,
): Promise<{ serves: string; wrong?: string }> {
  const target = ports.targetOf(application, environment);
  const serving = await target.serving();
  const { version } = serving;
  const checks = await runChecks(target, { version, checks: application.checks, names: ['service-health', 'functional-validation'] });
  const serves = servingInWords(serving, checks);
  const isWell = !serving.candidate && verdictOfChecks(checks) === 'Successful';
  return isWell ? { serves } : { serves, wrong: serves };
}
