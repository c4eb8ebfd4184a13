import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { locks } from '#services';
import { submitForm } from '../../cli/start/approver.ts';
import { Sluice } from './sluice.ts';

let sluice: Sluice;
beforeAll(async () => {
  sluice = await Sluice.start({ productionMix: 'staging' });
});
afterAll(() => sluice.stop());

/** Releases the weak fix to production while users send only harmless requests. */
async function released(): Promise<string> {
  sluice.productionMix = 'staging';
  const id = await sluice.submit('c-code-quality.json');
  await sluice.clock.runUntil(submitForm(await sluice.mailedLink(id, 'proceed')));
  return id;
}

/** The kinds of messages that people got before a rollback attempt. */
async function toldBeforeAttempt(attempt: number, id: string): Promise<string[]> {
  const events = (await sluice.trail(id)).map(({ event }) => event);
  const begun = events.findIndex((event) => event.type === 'TrafficRestored' && event.attempt === attempt);
  return events.slice(0, begun).flatMap((event) => (event.type === 'MessageDelivered' ? [event.kind] : []));
}

describe('a fix that fails in production', () => {
  it.each(['monitor', 'verify'] as const)('is rolled back in phase %s', async (phase) => {
    const id = await released();
    await sluice.until(id, ({ production }) => production?.phase === phase);

    sluice.productionMix = 'production';

    const deployment = await sluice.ended(id);
    expect(deployment).toMatchObject({
      outcome: 'RolledBack',
      production: { phase, result: 'RolledBack', rollback: { attempts: 1, verdict: 'Successful' } },
    });
    expect(await sluice.serving('production')).toBe('1');
  });

  it('pages at once and keeps the lock when three attempts could not verify the rollback', async () => {
    const id = await released();
    await sluice.until(id, ({ production }) => production?.phase === 'monitor');

    sluice.productionMix = 'production';
    await sluice.reconfigure((configured) => ({
      ...configured,
      checks: {
        ...configured.checks,
        'functional-validation': { requests: [{ name: 'gone', method: 'GET', path: '/gone', expectStatus: 200 }] },
      },
    }));

    const deployment = await sluice.ended(id);
    expect(deployment).toMatchObject({
      outcome: 'RollbackFailed',
      production: { result: 'RollbackFailed', rollback: { attempts: 3, verdict: 'Failed' } },
    });
    expect(await sluice.signature('Rollback', id)).toMatch(
      /(?:RollBack Restored\? WaitToSettle VerifyRollback Verified\? BackOff ){2}RollBack Restored\? WaitToSettle VerifyRollback Verified\? FinishRollback Orphaned\? Outcome\? RollbackFailed$/,
    );
    expect(await toldBeforeAttempt(2, id)).toContain('critical');
    expect(await sluice.subjects(id)).toContain('CRITICAL: Rollback failed - immediate attention required (storefront)');
    expect(await locks().read({ application: 'storefront', environment: 'production' })).toMatchObject({
      holder: id,
      heldBecause: expect.stringContaining('could not be verified'),
    });
  });
});
