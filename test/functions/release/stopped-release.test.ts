import { UpdateAliasCommand } from '@aws-sdk/client-lambda';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askToStop } from '#approval/ask-to-stop.flow';
import { stopRefused } from '#approval/stop-request';
import type { Release } from '#deployment/release';
import { handler as acquireLock } from '#handlers/acquire-lock';
import { handler as applyStep } from '#handlers/apply-step';
import { handler as finishRelease } from '#handlers/finish-release';
import { handler as finishRollback } from '#handlers/finish-rollback';
import { handler as rollBack } from '#handlers/roll-back';
import { handler as stageCandidate } from '#handlers/stage-candidate';
import { handler as validateRelease } from '#handlers/validate-release';
import { deployments, locks, stopPorts } from '#services';
import { deploymentWith } from '../../fixtures/deployment.ts';
import { World } from '../../fixtures/world.ts';

const stopRequest = { kind: 'cancel', by: 'operator ana', at: '2026-01-01T00:00:00.000Z', reason: 'odd' } as const;
const production = { application: 'storefront', environment: 'production' } as const;
const begun = { startedAt: '2026-01-01T00:00:00.000Z' };
const finishing: Release['judgement'] = { phase: 'verify', verdict: 'Successful', next: 'Finish', reason: 'stable', readings: [] };

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

describe('a release that somebody asked to stop', () => {
  it('stages nothing any more', async () => {
    const deployment = await world.openDeployment({ stopRequest, production: world.underWay({ stepIndex: -1 }) });

    expect(await world.task(stageCandidate, deployment)).toEqual({ next: 'Stop' });
    expect(world.lambda.calls()).toEqual([]);
  });

  it('takes no first step, and has not started', async () => {
    const deployment = await world.openDeployment({ stopRequest, production: world.underWay({ stepIndex: -1 }) });

    expect(await world.task(applyStep, deployment)).toMatchObject({ next: 'Stop' });
    expect(await world.task(finishRelease, deployment, { defect: '' })).toEqual({
      result: 'NotStarted',
      reason: 'cancel by operator ana: odd',
    });
    expect(world.lambda.commandCalls(UpdateAliasCommand)).toEqual([]);
  });

  it('takes no further step, and is undone', async () => {
    const deployment = await world.openDeployment({
      stopRequest,
      production: world.underWay({ stepIndex: 0, revision: world.alias.route('1', { 2: 0.25 }) }),
    });

    expect(await world.task(applyStep, deployment)).toEqual({ next: 'RollBack', weightPercent: 25 });
    expect(world.lambda.commandCalls(UpdateAliasCommand)).toEqual([]);
  });

  it('is undone where its first step has moved traffic and nobody heard of it', async () => {
    const deployment = await world.openDeployment({ stopRequest, production: world.underWay({ stepIndex: -1 }) });
    world.alias.route('1', { 2: 0.25 });

    expect(await world.task(applyStep, deployment)).toMatchObject({ next: 'RollBack' });
  });

  it('is not validated any more', async () => {
    const deployment = await world.openDeployment({ stopRequest, production: world.underWay() });

    expect(await world.task(validateRelease, deployment)).toMatchObject({ next: 'RollBack' });
    expect(world.lambda.calls()).toEqual([]);
  });

  it('does not succeed where that was asked after its last poll', async () => {
    const deployment = await world.openDeployment({ stopRequest, production: world.underWay({ stepIndex: 2, judgement: finishing }) });

    expect(await world.task(finishRelease, deployment, { defect: '' })).toEqual({
      result: 'Stopped',
      reason: 'cancel by operator ana: odd',
    });
    expect((await deployments().read(deployment.id)).production).not.toHaveProperty('result');
    expect(await locks().read(production)).toMatchObject({ holder: deployment.id });
  });

  it('is told that it is too late once production is over', () => {
    const over = deploymentWith({ status: 'Verifying', outcome: undefined });

    expect(stopRefused(over, 'rollback')).toBe(
      'its release to production is over already: Succeeded; submit a new issue to change what serves',
    );
  });
});

describe('a release that is over', () => {
  it('is not undone under the next holder’s lock, whatever failed after it was written down', async () => {
    const release = world.underWay({ stepIndex: 2, revision: world.alias.route('2'), judgement: finishing });
    const deployment = await world.openDeployment({ production: release });
    await world.task(finishRelease, deployment, { defect: '' });
    await locks().acquire(production, { deploymentId: 'next', taskToken: 'token of next' });

    expect(await world.task(rollBack, deployment, begun)).toMatchObject({ next: 'Stop' });
    expect(await world.task(finishRollback, deployment)).toEqual({ result: 'Succeeded', reason: 'stable' });

    expect(world.alias.routing.version).toBe('2');
    expect(await locks().read(production)).toMatchObject({ holder: 'next' });
    expect((await world.events()).filter(({ type }) => type === 'ReleaseEnded')).toHaveLength(1);
    expect(world.messages()).toEqual([]);
  });

  it('is finished by the record, however often', async () => {
    const deployment = await world.openDeployment({ production: world.underWay({ stepIndex: 2, judgement: finishing }) });

    const answers = [
      await world.task(finishRelease, deployment, { defect: '' }),
      await world.task(finishRelease, deployment, { defect: 'X' }),
    ];

    expect(answers).toEqual([
      { result: 'Succeeded', reason: 'stable' },
      { result: 'Succeeded', reason: 'stable' },
    ]);
    expect((await world.events()).filter(({ type }) => type === 'ReleaseEnded')).toHaveLength(1);
  });

  it('by a failed rollback pages and teaches once, and keeps its lock', async () => {
    const rollback: Release['rollback'] = { reason: 'errors', attempts: 3, checks: [], verdict: 'Failed' };
    const deployment = await world.openDeployment({ production: world.underWay({ rollback }) });

    await world.task(finishRollback, deployment);
    expect(await world.task(finishRollback, deployment)).toMatchObject({ result: 'RollbackFailed' });

    expect(world.messages()).toEqual(['critical']);
    expect((await world.events()).filter(({ type }) => type === 'LessonRecorded')).toHaveLength(1);
    expect(await locks().read(production)).toMatchObject({ holder: deployment.id, heldBecause: expect.stringContaining('errors') });
  });
});

describe('a release that waits for its lock', () => {
  const held = async (heldBecause?: string) => {
    await locks().acquire(production, { deploymentId: 'before', taskToken: 'token of before' });
    const deployment = await world.openDeployment({ production: undefined });
    if (heldBecause) await locks().keepHeld(production, 'before', heldBecause);
    return deployment;
  };

  it('and is lost is taken off the queue and has not started, and nobody is paged', async () => {
    const deployment = await held();
    const lost = { input: { deploymentId: deployment.id, environment: 'production', reason: 'its execution was lost' } };

    expect(await world.task(rollBack, deployment, { ...begun, ...lost })).toMatchObject({ next: 'Stop' });
    expect(await world.task(finishRollback, deployment, lost)).toMatchObject({ result: 'NotStarted' });

    expect(await locks().read(production)).toMatchObject({ holder: 'before', waiters: [] });
    expect((await deployments().read(deployment.id)).production).toMatchObject({
      result: 'NotStarted',
      resultReason: 'its execution was lost, before it acquired the lock',
    });
    expect(world.messages()).toEqual([]);
  });

  it('does not stay in the queue where somebody asked to stop while it stood up there', async () => {
    const deployment = await held();
    await locks().withdraw(production, deployment.id);
    world.db.on(PutCommand).callsFake(async ({ Item }) => {
      world.db.on(PutCommand).callsFake((later) => world.keep(later.Item));
      await askToStop(stopPorts(), deployment.id, { kind: 'cancel', by: 'operator ana', reason: 'odd' }, 'test/stop');
      world.keep(Item);
    });

    await world.task(acquireLock, deployment, { taskToken: 'token of it' });

    expect(await locks().read(production)).toMatchObject({ holder: 'before', waiters: [] });
    expect(world.woken()).toContain('token of it');
  });

  it('in vain is told who holds it and why', async () => {
    const deployment = await held('its rollback could not be verified');

    expect(await world.task(finishRelease, deployment, { defect: 'States.Timeout' })).toEqual({
      result: 'NotStarted',
      reason: 'the lock was not acquired; States.Timeout; it is held by before, because its rollback could not be verified',
    });
    expect((await deployments().read(deployment.id)).production).toMatchObject({ result: 'NotStarted' });
    expect(await locks().read(production)).toMatchObject({ waiters: [] });
  });
});
