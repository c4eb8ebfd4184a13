import { type ResultOf, releaseInput, results, taskOf } from '#contract';
import type { Deployment } from '#deployment/deployment';
import { entryOf } from '#deployment/entry';
import type { Release } from '#deployment/release';
import { policyOf, releaseOf, withRelease } from '#deployment/release-lens';
import { MissingFact, StepNotSettled } from '#platform/errors';
import { returning } from '#platform/handler';
import type { EnvironmentName } from '#policy/policy';
import { underFence } from '#release/under-fence.flow';
import { applications, deployments, locks, now, targetOf } from '#services';
import type { Move } from '#target/target.port';
import { overdueAfter } from '#watch/roll-out-time';

export const handler = returning(results.ApplyStep)(taskOf(releaseInput), async (task) => {
  const { deploymentId, environment } = task.input;
  const deployment = await deployments().read(deploymentId);
  if (deployment.stopRequest) return moveAfterStop(deployment, environment);
  await underFence({ locks: locks() }, deployment, environment);
  const entry = entryOf(task);
  if (await deployments().happened(deploymentId, entry.entryKey)) return alreadyTaken(await deployments().read(deploymentId), environment);
  const move = moveOf(deployment, environment);
  const { weightPercent, index: stepIndex } = move;
  const target = targetOf(await applications().readApplication(deployment.application), environment);
  const shifted = await target.shift(move);
  if (!shifted.settled) return waitInTime(deployment, environment, weightPercent);
  const { revision } = shifted.serving;
  await deployments().record(deploymentId, entry, (current) => {
    const before = releaseOf(current, environment);
    const after: Release = { ...before, stepIndex, revision, phase: 'bake', phaseStartedAt: now().toISOString(), inconclusiveInARow: 0 };
    return { event: { type: 'StepApplied', environment, stepIndex, weightPercent }, next: withRelease(current, after) };
  });
  return { next: 'Proceed', weightPercent };
});

/** Stops without a rollback if no step was applied and the routing is still the planned baseline. */
async function moveAfterStop(deployment: Deployment, environment: EnvironmentName): Promise<ResultOf<'ApplyStep'>> {
  const { stepIndex, baseline, plan } = releaseOf(deployment, environment);
  const { revision } = await targetOf(await applications().readApplication(deployment.application), environment).serving();
  const untouched = stepIndex < 0 && revision === baseline?.revision;
  return { next: untouched ? 'Stop' : 'RollBack', weightPercent: plan[stepIndex]?.weightPercent ?? 0 };
}

/** If a task's result was lost, Step Functions runs it again. It must not take the next step then. */
function alreadyTaken(deployment: Deployment, environment: EnvironmentName): ResultOf<'ApplyStep'> {
  const { plan, stepIndex } = releaseOf(deployment, environment);
  return { next: 'Proceed', weightPercent: plan[stepIndex]?.weightPercent ?? 0 };
}

/** Throws StepNotSettled if the target has not arrived within the policy's time (R-ROLL-5). */
function waitInTime(deployment: Deployment, environment: EnvironmentName, weightPercent: number): ResultOf<'ApplyStep'> {
  const overdue = overdueAfter(releaseOf(deployment, environment), policyOf(deployment, environment), now().toISOString());
  if (overdue !== undefined) throw new StepNotSettled(weightPercent, overdue);
  return { next: 'Wait', weightPercent };
}

function moveOf(deployment: Deployment, environment: EnvironmentName): Move {
  const { plan, stepIndex, baseline, candidateVersion, revision } = releaseOf(deployment, environment);
  const index = stepIndex + 1;
  const weights = plan.map(({ weightPercent }) => weightPercent);
  const weightPercent = weights[index];
  if (weightPercent === undefined) throw new MissingFact(`the plan has no step after ${stepIndex}`);
  if (!baseline || !candidateVersion || !revision) throw new MissingFact('no candidate is staged');
  const { strategy } = policyOf(deployment, environment);
  return { baseline: baseline.version, candidate: candidateVersion, revision, strategy, weights, index, weightPercent };
}
