import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { passLockOn } from '#release/pass-lock-on.flow';
import { lockPorts, locks } from '#services';
import { Sluice } from './sluice.ts';

let sluice: Sluice;
beforeAll(async () => {
  sluice = await Sluice.start({ productionMix: 'staging' });
});
afterAll(() => sluice.stop());

const staging = { application: 'storefront', environment: 'staging' } as const;
const production = { application: 'storefront', environment: 'production' } as const;

describe('an execution that is stopped from outside', () => {
  it('is recovered: Sluice rolls its release back once, releases its lock and records its outcome', async () => {
    const id = await sluice.submit('a-failed-check.json');
    await sluice.until(id, (deployment) => deployment.production?.phase === 'monitor');

    await sluice.clock.runUntil(sluice.stopExecution(id, 'Deployment'));

    const deployment = await sluice.ended(id);
    expect(deployment).toMatchObject({ outcome: 'RolledBack', production: { result: 'RolledBack', rollback: { attempts: 1 } } });
    expect(await sluice.serving('production')).toBe('1');
    expect(await locks().read(production)).not.toHaveProperty('holder');
    expect((await sluice.trail(id)).map(({ event }) => event.type)).toContain('ExecutionLost');
    expect(await sluice.signature('Rollback', id)).toBe(
      'RollBack Restored? WaitToSettle VerifyRollback Verified? FinishRollback Orphaned? RecordOutcome Outcome? RolledBack',
    );
  });

  it('is escalated when no environment was changed yet', async () => {
    const id = await sluice.submit('a-failed-check.json');
    await sluice.until(id, ({ status }) => status === 'Resolving');

    await sluice.clock.runUntil(sluice.stopExecution(id, 'Deployment'));

    expect(await sluice.ended(id)).toMatchObject({
      outcome: 'Escalated',
      outcomeReason: 'its execution was ABORTED from outside; no environment was being changed',
    });
  });

  it('is rolled back by its parent when only the release was stopped', async () => {
    const id = await sluice.submit('a-failed-check.json');
    await sluice.until(id, (deployment) => deployment.production?.phase === 'monitor');

    await sluice.clock.runUntil(sluice.stopExecution(`${id}-production-0`, 'Release'));

    expect(await sluice.ended(id)).toMatchObject({ outcome: 'RolledBack', production: { result: 'RolledBack' } });
    expect(await sluice.signature('Deployment', id)).toMatch(/ReleaseToProduction UndoLostRelease RecordOutcome Outcome\? RolledBack$/);
    expect(await locks().read(production)).not.toHaveProperty('holder');
  });

  it('sends no page and gives up its place in the queue when it only waited for the lock', async () => {
    await locks().acquire(staging, { deploymentId: 'somebody-else', taskToken: 'nobody' });
    const id = await sluice.submit('a-failed-check.json');
    await sluice.until(id, ({ fix }) => fix !== undefined);
    await sluice.later(2);

    await sluice.clock.runUntil(sluice.stopExecution(`${id}-staging-0`, 'Release'));

    expect(await sluice.ended(id)).toMatchObject({
      outcome: 'Escalated',
      outcomeReason: expect.stringContaining('staging was not started'),
    });
    await sluice.clock.runUntil(passLockOn(lockPorts(), staging, 'somebody-else', { entryKey: 'test/freed', actor: 'test' }));
    expect(await locks().read(staging)).toMatchObject({ waiters: [] });
    expect(await locks().read(staging)).not.toHaveProperty('holder');
    expect(await sluice.subjects(id)).toEqual(['Autonomous fix needs a person (storefront)']);
    expect(await sluice.signature('Rollback', id)).toBe('RollBack Restored? FinishRollback Orphaned? Outcome? NothingToUndo');
  });

  it('is found by the sweep when its event was lost', async () => {
    const id = await sluice.submit('a-failed-check.json');
    await sluice.until(id, (deployment) => deployment.production?.phase === 'monitor');
    await sluice.replaceCode('Recover', 'export const handler = () => { throw new Error("unreachable"); };');

    await sluice.clock.runUntil(sluice.stopExecution(id, 'Deployment'));
    await sluice.later(240);
    expect(await sluice.until(id, () => true)).not.toHaveProperty('outcome');
    await sluice.replaceCode('Recover');

    expect(await sluice.ended(id)).toMatchObject({ outcome: 'RolledBack', production: { result: 'RolledBack' } });
  });

  it('pages and keeps the lock when it was a rollback', async () => {
    const id = await sluice.submit('a-failed-check.json');
    await sluice.until(id, (deployment) => deployment.production?.phase === 'monitor');
    await sluice.clock.runUntil(sluice.stopExecution(id, 'Deployment'));
    await sluice.until(id, ({ status }) => status === 'RollingBack');

    await sluice.clock.runUntil(sluice.stopExecution(`${id}-recover-production`, 'Rollback'));
    await sluice.later(10);

    expect(await sluice.subjects(id)).toContain('CRITICAL: Rollback failed - immediate attention required (storefront)');
    expect(await locks().read(production)).toMatchObject({ holder: id, heldBecause: expect.stringContaining('ABORTED') });
  });
});
