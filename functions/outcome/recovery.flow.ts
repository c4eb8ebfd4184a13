import { type WithdrawPorts, withdrawQuestion } from '#approval/settle-question.flow';
import { type Deployment, hasEnded } from '#deployment/deployment';
import type { Release } from '#deployment/release';
import { withRelease } from '#deployment/release-lens';
import type { Executions } from '#platform/executions.port';
import { environmentNames } from '#policy/policy';
import { type LockPorts, passLockOn } from '#release/pass-lock-on.flow';
import { type ConcludePorts, conclude } from './conclude.flow.ts';
import { explainedOutcome } from './outcome-of.ts';

const actor = 'sluice/Recover';

export interface RecoveryPorts extends ConcludePorts, LockPorts, WithdrawPorts {
  readonly allExecutions: Executions;
}

/**
 * Takes over a lost deployment: stops its child executions, raises the fence, rolls back, escalates.
 * A second call does nothing more.
 */
export async function recoverDeployment(
  ports: RecoveryPorts,
  deployment: Deployment,
  execution: string,
  status: string,
): Promise<string[]> {
  if (hasEnded(deployment)) return [];
  await withdrawQuestion(
    ports,
    deployment.id,
    { entryKey: `lost/${execution}/question`, actor },
    { action: 'revoke', by: 'sluice', at: ports.now().toISOString(), reason: `the deployment's execution was ${status} from outside` },
  );
  const stoppedExecutions = await ports.allExecutions.stopDescendants(deployment.id, `the deployment's execution is ${status}`);
  const recorded = await ports.deployments.record(deployment.id, { entryKey: `lost/${execution}`, actor }, (current) => ({
    event: { type: 'ExecutionLost', execution, status, stopped: stoppedExecutions },
    next: current,
  }));
  const touched = environmentNames
    .map((environment) => recorded[environment])
    .filter((release) => release !== undefined && isUnfinished(release));
  for (const release of touched as Release[]) await takeOver(ports, recorded, release);
  await withdrawFromLocks(ports, recorded);
  // If the record explains an outcome, use that: a finished release to production changed something.
  const untouched = { outcome: 'Escalated' as const, reason: `its execution was ${status} from outside; no environment was being changed` };
  if (touched.length === 0)
    await conclude(ports, deployment.id, { entryKey: 'lost/outcome', actor }, (current) => explainedOutcome(current) ?? untouched);
  return [deployment.id];
}

const isUnfinished = (release: Release) => release.result === undefined || (release.result === 'RolledBack' && !release.finishedAt);

async function takeOver(ports: RecoveryPorts, deployment: Deployment, release: Release): Promise<void> {
  const { environment } = release;
  const fence = await ports.locks.raiseFence({ application: deployment.application, environment }, deployment.id);
  await ports.deployments.record(deployment.id, { entryKey: `fence/${environment}/${release.attempt}`, actor }, (current) => ({
    event: { type: 'LockAcquired', environment, fence },
    next: withRelease(current, { ...(current[environment] as Release), fence }),
  }));
  await ports.allExecutions.startOrphanedRollback({ deploymentId: deployment.id, environment, reason: 'the execution was lost' });
}

/**
 * Takes a lost deployment off each queue, and frees a lock that it got since or did not give back.
 * Otherwise it would block other deployments.
 */
async function withdrawFromLocks(ports: LockPorts, deployment: Deployment): Promise<void> {
  for (const environment of environmentNames) {
    const key = { application: deployment.application, environment };
    const release = deployment[environment];
    if (!release || !(isUnfinished(release) || release.result === 'RollbackFailed'))
      await passLockOn(ports, key, deployment.id, { entryKey: `lost/${environment}`, actor });
  }
}

/** Pages a person for a lost rollback, which is never retried automatically. Its lock says why it is held. */
export async function pageLostRollback(ports: RecoveryPorts, deployment: Deployment, execution: string, status: string): Promise<string[]> {
  for (const environment of environmentNames) {
    if (deployment[environment] && !deployment[environment].finishedAt) {
      await ports.locks.keepHeld(
        { application: deployment.application, environment },
        deployment.id,
        `its rollback ${execution} is ${status}`,
      );
    }
  }
  await ports.deployments.record(deployment.id, { entryKey: `lost/${execution}`, actor }, (current) => ({
    event: { type: 'ExecutionLost', execution, status, stopped: [] },
    next: current,
  }));
  await ports.outbox.order({ deploymentId: deployment.id, kind: 'critical', entryKey: `lost/${execution}` });
  return [deployment.id];
}
