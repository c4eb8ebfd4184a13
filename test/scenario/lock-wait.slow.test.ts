import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { locks } from '#services';
import { Sluice, scenarioPolicy } from './sluice.ts';

const staging = { application: 'storefront', environment: 'staging' } as const;

let sluice: Sluice;
beforeAll(async () => {
  const policy = { ...scenarioPolicy, staging: { ...scenarioPolicy.staging, lockWaitSeconds: 600 } };
  sluice = await Sluice.start({ policy, requestsPerSecond: 0.01 });
});
afterAll(() => sluice.stop());

describe('a release that waits longer than lockWaitSeconds', () => {
  it('does not start, leaves the queue of the lock and names the holder', async () => {
    await sluice.clock.runUntil(locks().acquire(staging, { deploymentId: 'somebody-else', taskToken: 'nobody' }));
    const id = await sluice.submit('a-failed-check.json');
    sluice.lookEveryMs = 5_000;

    const deployment = await sluice.ended(id);

    const trail = await sluice.trail(id);
    const atOf = (type: string) => Date.parse(trail.find(({ event }) => event.type === type)?.at ?? '');
    expect((atOf('ReleaseEnded') - atOf('LockAwaited')) / 1000).toBeCloseTo(600, -1);
    expect(deployment).toMatchObject({ outcome: 'Escalated', staging: { result: 'NotStarted' } });
    expect(deployment.staging?.resultReason).toMatch(/^the lock was not acquired; .*; it is held by somebody-else$/);
    expect(await locks().read(staging)).toMatchObject({ holder: 'somebody-else', waiters: [] });
  });
});
