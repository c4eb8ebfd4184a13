import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askToStop } from '#approval/ask-to-stop.flow';
import { stopPorts } from '#services';
import { Sluice } from './sluice.ts';

let sluice: Sluice;
beforeAll(async () => {
  sluice = await Sluice.start({ productionMix: 'staging' });
});
afterAll(() => sluice.stop());

let clicks = 0;
const stop = (id: string, kind: 'cancel' | 'rollback') =>
  sluice.clock.runUntil(askToStop(stopPorts(), id, { kind, by: 'operator ana', reason: 'I saw something' }, `test/${++clicks}`));

describe('an operator', () => {
  it('cancels a deployment while its fix is made', async () => {
    const id = await sluice.submit('a-failed-check.json');
    await sluice.until(id, ({ status }) => status === 'Resolving');

    await stop(id, 'cancel');

    expect(await sluice.ended(id)).toMatchObject({ outcome: 'Cancelled', outcomeReason: 'cancel by operator ana: I saw something' });
  });

  it('cancels a deployment that waits for its cancel window to end', async () => {
    const id = await sluice.submit('c-code-quality.json');
    await sluice.until(id, ({ approval }) => approval?.status === 'PENDING');

    await stop(id, 'cancel');

    expect(await sluice.ended(id)).toMatchObject({ outcome: 'Cancelled', approval: { status: 'CANCELLED' } });
  });

  it('cancels a deployment that waits for the lock, and the holder of the lock continues', async () => {
    const first = await sluice.submit('a-failed-check.json');
    const second = await sluice.submit('c-code-quality.json');
    await sluice.until(first, ({ staging }) => staging?.phase === 'monitor');
    await sluice.until(second, ({ fix }) => fix !== undefined);

    await stop(second, 'cancel');

    expect(await sluice.ended(second)).toMatchObject({ outcome: 'Cancelled' });
    expect(await sluice.ended(first)).toMatchObject({ outcome: 'Deployed' });
  });

  it('rolls back a deployment in verification after a refused cancel named the rollback', async () => {
    const id = await sluice.submit('bad/integration.json', (text) => text.replace('? [] :', '? products.filter(matches) :'));
    await sluice.until(id, ({ status }) => status === 'Verifying');

    expect(await stop(id, 'cancel')).toMatchObject({
      accepted: false,
      because: 'cancel works until its verification begins; ask for a rollback instead',
    });
    expect(await stop(id, 'rollback')).toMatchObject({ accepted: true });

    expect(await sluice.ended(id)).toMatchObject({
      outcome: 'RolledBack',
      outcomeReason: 'rollback by operator ana: I saw something',
      production: { result: 'RolledBack' },
    });
    expect(await stop(id, 'rollback')).toMatchObject({ accepted: false });
  });

  it('moves an alias by hand, and the release stops and leaves the alias there', async () => {
    const id = await sluice.submit('bad/integration.json', (text) => text.replace('? [] :', '? products.filter(matches) : /* again */'));
    await sluice.until(id, ({ production }) => production?.stepIndex === 0);

    await sluice.moveAliasByHand('production', '1');

    const deployment = await sluice.ended(id);
    expect(deployment).toMatchObject({ outcome: 'RolledBack', production: { result: 'RolledBack' } });
    expect(deployment.outcomeReason).toContain('the traffic was moved outside Sluice to version 1');
    expect(await sluice.serving('production')).toBe('1');
  });
});
