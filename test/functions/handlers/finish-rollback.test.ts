import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Release } from '#deployment/release';
import { handler as finishRollback } from '#handlers/finish-rollback';
import { locks } from '#services';
import { PRODUCTION, World } from '../../fixtures/world.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

describe('FinishRollback', () => {
  it('pages once, writes one lesson and keeps the lock when the rollback failed', async () => {
    const rollback: Release['rollback'] = { reason: 'errors', attempts: 3, checks: [], verdict: 'Failed' };
    const deployment = await world.openDeployment({ production: world.underWay({ rollback }) });

    await world.task(finishRollback, deployment);
    expect(await world.task(finishRollback, deployment)).toMatchObject({ result: 'RollbackFailed' });

    expect(world.messages()).toEqual(['critical']);
    expect((await world.events()).filter(({ type }) => type === 'LessonRecorded')).toHaveLength(1);
    expect(await locks().read(PRODUCTION)).toMatchObject({ holder: deployment.id, heldBecause: expect.stringContaining('errors') });
  });
});
