import { randomBytes } from 'node:crypto';
import { phasesOf } from './phases.ts';
import type { Configuration } from './properties.ts';
import { type Counts, isRollback, type Scene } from './scene.ts';
import type { Hook, Phase, ServiceDeployment } from './types.ts';

const phasesIn = ({ configuration }: ServiceDeployment): Phase[] => phasesOf(configuration as Configuration);

export const phaseOf = (deployment: ServiceDeployment): Phase | undefined => phasesIn(deployment)[deployment.phase];

/** Keeps both revisions at full strength until one of them has all the traffic for good. */
export function sideBySideCounts(deployment: ServiceDeployment, { desired }: Scene): Counts {
  const { source, target, weight } = deployment;
  const scaled = deployment.phase >= phasesIn(deployment).findIndex(({ stage }) => stage === 'SCALE_UP');
  const counts = isRollback(deployment)
    ? ([
        [source, desired],
        [target, weight > 0 ? desired : 0],
      ] as const)
    : ([
        [source, phaseOf(deployment)?.stage === 'CLEAN_UP' ? 0 : desired],
        [target, scaled ? desired : 0],
      ] as const);
  return new Map(counts.map(([revision, count]) => [revision as string, count]));
}

/** Moves a blue/green, canary or linear deployment through as many phases as are done. */
export function sideBySide(deployment: ServiceDeployment, scene: Scene): ServiceDeployment {
  if (isRollback(deployment)) return goBack(deployment, scene);
  let now = deployment;
  for (;;) {
    const phase = phaseOf(now);
    if (!phase) return { ...now, status: 'SUCCESSFUL' };
    const entered = enter(now, phase, scene);
    if (entered.hook?.status === 'AWAITING_ACTION' && scene.nowMs >= entered.hook.expiresMs && entered.hook.timeoutAction === 'ROLLBACK') {
      const reason = 'A lifecycle hook timed out.';
      return goBack(
        { ...entered, hook: undefined, status: 'ROLLBACK_REQUESTED', reason, rollback: { reason, startedMs: scene.nowMs } },
        scene,
      );
    }
    if (!isDone(entered, phase, scene)) return entered;
    now = { ...entered, phase: entered.phase + 1, sinceMs: scene.nowMs, hook: undefined };
  }
}

/** When the phase ends or its pause times out, if time alone decides. */
sideBySide.deadlineMs = (deployment: ServiceDeployment): number | undefined => {
  const phase = phaseOf(deployment);
  if (deployment.hook) return deployment.hook.expiresMs;
  return phase && 'waitMs' in phase ? deployment.sinceMs + phase.waitMs : undefined;
};

function enter(deployment: ServiceDeployment, phase: Phase, { nowMs }: Scene): ServiceDeployment {
  if ('weight' in phase) return deployment.weight === phase.weight ? deployment : { ...deployment, weight: phase.weight };
  if (!('pause' in phase) || deployment.hook) return deployment;
  const configured = (deployment.configuration as Configuration).lifecycleHooks.find(({ lifecycleStages }) =>
    lifecycleStages.some((stage) => stage === phase.pause),
  );
  if (!configured) return deployment;
  const { timeoutInMinutes, action } = configured.timeoutConfiguration;
  const id = `ecs-pause-${randomBytes(24).toString('base64url')}`;
  const hook: Hook = { id, status: 'AWAITING_ACTION', expiresMs: nowMs + timeoutInMinutes * 60_000, timeoutAction: action };
  return { ...deployment, hook };
}

function isDone({ hook, sinceMs, source, target }: ServiceDeployment, phase: Phase, scene: Scene): boolean {
  if ('pause' in phase) return hook?.status !== 'AWAITING_ACTION' || scene.nowMs >= hook.expiresMs;
  if ('waitMs' in phase) return scene.nowMs >= sinceMs + phase.waitMs;
  return phase.stage === 'SCALE_UP' ? scene.healthy(target) >= scene.desired : scene.existing(source) === 0;
}

/** Traffic goes back only to tasks that are healthy; then the new ones leave. */
function goBack(deployment: ServiceDeployment, { desired, healthy, existing }: Scene): ServiceDeployment {
  if (deployment.weight > 0 && healthy(deployment.source) < desired) {
    return deployment.status === 'ROLLBACK_IN_PROGRESS' ? deployment : { ...deployment, status: 'ROLLBACK_IN_PROGRESS' };
  }
  const emptied: ServiceDeployment = { ...deployment, weight: 0, status: 'ROLLBACK_IN_PROGRESS' };
  if (existing(deployment.target) === 0) return { ...emptied, status: 'ROLLBACK_SUCCESSFUL' };
  return deployment.weight === 0 && deployment.status === 'ROLLBACK_IN_PROGRESS' ? deployment : emptied;
}
