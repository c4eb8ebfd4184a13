import { ListExecutionsCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Deployment } from '#deployment/deployment';
import { recoverDeployment } from '#outcome/recovery.flow';
import { deployments, locks, recoveryPorts } from '#services';
import { releaseIn } from '../../fixtures/deployment.ts';
import { ReleaseStage } from '../../fixtures/release-stage.ts';

const production = { application: 'storefront', environment: 'production' } as const;

let stage: ReleaseStage;
beforeEach(() => {
  stage = new ReleaseStage();
  for (const machine of ['DEPLOYMENT', 'RELEASE', 'ROLLBACK', 'APPROVAL'])
    vi.stubEnv(`${machine}_MACHINE_ARN`, `arn:aws:states:us-east-1:000000000000:stateMachine:${machine}`);
  stage.sfn.on(ListExecutionsCommand).resolves({ executions: [] });
});
afterEach(() => stage.stop());

async function recovered(change: Partial<Deployment>): Promise<Deployment> {
  const deployment = await stage.open(change);
  await recoverDeployment(recoveryPorts(), deployment, deployment.id, 'ABORTED');
  await recoverDeployment(recoveryPorts(), await deployments().read(deployment.id), deployment.id, 'ABORTED');
  return deployments().read(deployment.id);
}

describe('a deployment whose execution is lost', () => {
  it.each([
    ['Deployed', 'deployed', releaseIn('production'), 'stable through 2100 s'],
    [
      'RollbackFailed',
      'critical',
      releaseIn('production', { result: 'RollbackFailed', resultReason: 'still unhealthy' }),
      'still unhealthy',
    ],
    ['RolledBack', 'rolled-back', releaseIn('production', { result: 'RolledBack', resultReason: 'errors' }), 'errors'],
    ['Escalated', 'escalated', undefined, 'its execution was ABORTED from outside; no environment was being changed'],
  ])('after production was over is told once as the %s that it is', async (outcome, message, release, reason) => {
    const deployment = await recovered({ production: release });

    expect(deployment).toMatchObject({ outcome, outcomeReason: expect.stringContaining(reason) });
    expect(stage.messages()).toEqual([message]);
    expect(stage.sfn.commandCalls(StartExecutionCommand)).toEqual([]);
  });

  it('after production was over gives the lock back, except after a rollback that failed', async () => {
    await recovered({ id: 'one', production: releaseIn('production') });
    expect(await locks().read(production)).not.toHaveProperty('holder');

    await recovered({ id: 'two', production: releaseIn('production', { result: 'RollbackFailed' }) });
    expect(await locks().read(production)).toMatchObject({ holder: 'two' });
  });

  it('while production was changed is undone', async () => {
    await recovered({ production: stage.underWay() });

    expect(stage.sfn.commandCalls(StartExecutionCommand)[0]?.args[0].input.name).toMatch(/-recover-production$/);
    expect(stage.messages()).toEqual([]);
  });
});
