import { enterStage, withRelease } from '#domain/current-release';
import { type Deployment, hasEnded } from '#domain/deployment';
import { environmentNames } from '#domain/policy';
import type { Release } from '#domain/release';
import { handOnLock } from './hand-on-lock.ts';
import { allExecutions, deployments, locks, now, outbox } from './services.ts';
import { withdrawQuestion } from './settle-question.ts';

const actor = 'sluice/Recover';

/** Takes a lost deployment over: stops what runs below it, raises the fence, undoes once what was touched, escalates; doing it twice does nothing more. */
export async function recoverDeployment(deployment: Deployment, execution: string, status: string): Promise<string[]> {
  if (hasEnded(deployment)) return [];
  await withdrawQuestion(
    deployment.id,
    { place: `lost/${execution}/question`, actor },
    { action: 'revoke', by: 'sluice', at: now().toISOString(), reason: `the deployment's execution was ${status} from outside` },
  );
  const stopped = await allExecutions().stopDescendants(deployment.id, `the deployment's execution is ${status}`);
  const recorded = await deployments().record(deployment.id, { place: `lost/${execution}`, actor }, (current) => ({
    event: { type: 'ExecutionLost', execution, status, stopped },
    next: current,
  }));
  const touched = environmentNames
    .map((environment) => recorded[environment])
    .filter((release) => release !== undefined && isUnfinished(release));
  for (const release of touched as Release[]) await takeOver(recorded, release);
  await withdrawFromLocks(recorded);
  if (touched.length === 0) await escalate(recorded, status);
  return [deployment.id];
}

const isUnfinished = (release: Release) => release.result === undefined || (release.result === 'RolledBack' && !release.finishedAt);

async function takeOver(deployment: Deployment, release: Release): Promise<void> {
  const { environment } = release;
  const fence = await locks().raiseFence({ application: deployment.application, environment }, deployment.id);
  await deployments().record(deployment.id, { place: `fence/${environment}/${release.attempt}`, actor }, (current) => ({
    event: { type: 'LockAcquired', environment, fence },
    next: withRelease(current, { ...(current[environment] as Release), fence }),
  }));
  await allExecutions().startOrphanedRollback({ deploymentId: deployment.id, environment, reason: 'the execution was lost' });
}

/** A lost deployment that still waits for a lock, or was handed one since, must not keep others out. */
async function withdrawFromLocks(deployment: Deployment): Promise<void> {
  for (const environment of environmentNames) {
    const key = { application: deployment.application, environment };
    if (!deployment[environment]) await handOnLock(key, deployment.id, { place: `lost/${environment}`, actor });
  }
}

async function escalate(deployment: Deployment, status: string): Promise<void> {
  const reason = `its execution was ${status} from outside; no environment was being changed`;
  await deployments().record(deployment.id, { place: 'lost/outcome', actor }, (current) => ({
    event: { type: 'OutcomeRecorded', outcome: 'Escalated', reason },
    next: { ...enterStage(current, 'Escalated', now().toISOString()), outcome: 'Escalated', outcomeReason: reason },
  }));
  await outbox().order({ deploymentId: deployment.id, kind: 'escalated', occasion: 'lost/outcome' });
}

/** A rollback that was lost is never tried again by itself: it pages, and its lock says why it is held. */
export async function pageLostRollback(deployment: Deployment, execution: string, status: string): Promise<string[]> {
  for (const environment of environmentNames) {
    if (deployment[environment] && !deployment[environment].finishedAt) {
      await locks().keepHeld({ application: deployment.application, environment }, deployment.id, `its rollback ${execution} is ${status}`);
    }
  }
  await deployments().record(deployment.id, { place: `lost/${execution}`, actor }, (current) => ({
    event: { type: 'ExecutionLost', execution, status, stopped: [] },
    next: current,
  }));
  await outbox().order({ deploymentId: deployment.id, kind: 'critical', occasion: `lost/${execution}` });
  return [deployment.id];
}
