import {
  GetAliasCommand,
  GetFunctionConfigurationCommand,
  GetProvisionedConcurrencyConfigCommand,
  UpdateAliasCommand,
} from '@aws-sdk/client-lambda';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { handler as applyStep } from '#handlers/apply-step';
import { handler as finishRelease } from '#handlers/finish-release';
import { guidePolicy } from '#policy/policy';
import { planRelease } from '#release/plan';
import { iso, World } from '../../fixtures/world.ts';

const stopRequest = { kind: 'cancel', by: 'operator ana', at: '2026-01-01T00:00:00.000Z', reason: 'odd' } as const;

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

describe('ApplyStep', () => {
  it('takes no first step after a person asked to stop, and ends the release as NotStarted', async () => {
    const deployment = await world.openDeployment({ stopRequest, production: world.underWay({ stepIndex: -1 }) });

    expect(await world.task(applyStep, deployment)).toMatchObject({ next: 'Stop' });
    expect(await world.task(finishRelease, deployment, { defect: '' })).toEqual({
      result: 'NotStarted',
      reason: 'cancel by operator ana: odd',
    });
    expect(world.lambda.commandCalls(UpdateAliasCommand)).toEqual([]);
  });

  it('takes no further step after a person asked to stop, and rolls back', async () => {
    const deployment = await world.openDeployment({
      stopRequest,
      production: world.underWay({ stepIndex: 0, revision: world.alias.route('1', { 2: 0.25 }) }),
    });

    expect(await world.task(applyStep, deployment)).toEqual({ next: 'RollBack', weightPercent: 25 });
    expect(world.lambda.commandCalls(UpdateAliasCommand)).toEqual([]);
  });

  it('rolls back a stopped release that moved traffic by a first step with a lost reply', async () => {
    const deployment = await world.openDeployment({ stopRequest, production: world.underWay({ stepIndex: -1 }) });
    world.alias.route('1', { 2: 0.25 });

    expect(await world.task(applyStep, deployment)).toMatchObject({ next: 'RollBack' });
  });

  it('waits for a step until 600 s after staging, plus the planned hour of comparing', async () => {
    const ab = { ...guidePolicy.production, strategy: 'a-b' as const };
    const begun = { plan: planRelease(ab), stepIndex: 0, startedAt: iso(0), phaseStartedAt: iso(0), stagedAt: iso(700), revision: 'r1' };
    const deployment = await world.openDeployment({ policy: { ...guidePolicy, production: ab }, production: world.underWay(begun) });
    world.lambda.on(GetProvisionedConcurrencyConfigCommand).resolves({ Status: 'IN_PROGRESS' });
    world.lambda.on(GetAliasCommand).resolves({ FunctionVersion: '1', RoutingConfig: { AdditionalVersionWeights: { 2: 0.5 } } });
    world.lambda.on(GetFunctionConfigurationCommand).resolves({ CodeSha256: 'old=' });

    world.later(700 + 3600 + 599);
    expect(await world.task(applyStep, deployment)).toMatchObject({ next: 'Wait' });
    world.later(1);
    await expect(world.task(applyStep, deployment)).rejects.toMatchObject({ name: 'StepNotSettled' });
  });
});
