import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { handler as stageCandidate } from '#handlers/stage-candidate';
import { iso, World } from '../../fixtures/world.ts';

const stopRequest = { kind: 'cancel', by: 'operator ana', at: '2026-01-01T00:00:00.000Z', reason: 'odd' } as const;

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

describe('StageCandidate', () => {
  it('stages nothing after a person asked to stop', async () => {
    const deployment = await world.openDeployment({ stopRequest, production: world.underWay({ stepIndex: -1 }) });

    expect(await world.task(stageCandidate, deployment)).toEqual({ next: 'Stop' });
    expect(world.lambda.calls()).toEqual([]);
  });

  it('waits at most 1800 s for a target to take the candidate', async () => {
    const production = world.underWay({ stepIndex: -1, stagedAt: undefined, startedAt: iso(0), phaseStartedAt: iso(0) });
    const deployment = await world.openDeployment({ production });
    world.lambda.on(GetFunctionConfigurationCommand).resolves({ LastUpdateStatus: 'InProgress' });

    world.later(1799);
    expect(await world.task(stageCandidate, deployment)).toEqual({ next: 'Wait' });
    world.later(1);
    await expect(world.task(stageCandidate, deployment)).rejects.toMatchObject({ name: 'CandidateNotStaged' });
  });
});
