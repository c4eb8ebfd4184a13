import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guidePolicy } from '#policy/policy';
import { Sluice } from './sluice.ts';

const EVENTS_PER_EXECUTION = 5_000;

let sluice: Sluice;
beforeAll(async () => {
  const { staging, production } = guidePolicy;
  const quiet = <Environment extends typeof production>(environment: Environment) => ({
    ...environment,
    limits: { ...environment.limits, minimumRequests: 1 },
  });
  sluice = await Sluice.start({
    policy: { ...guidePolicy, staging: quiet(staging), production: quiet(production) },
    requestsPerSecond: 0.5,
  });
  sluice.lookEveryMs = 5_000;
});
afterAll(() => sluice.stop());

describe('the default policy with its real durations', () => {
  it('takes 300 s in staging, 300 s and 1800 s in production, and stays far below the quota of history events', async () => {
    const id = await sluice.submit('a-failed-check.json');

    await sluice.until(id, ({ production }) => production?.phase === 'verify');
    sluice.requestsPerSecond = 0.1;

    const deployment = await sluice.ended(id);

    expect(deployment.outcome).toBe('Deployed');
    expect(deployment.staging?.monitoredSeconds).toBeGreaterThanOrEqual(300);
    expect(deployment.production?.monitoredSeconds).toBeGreaterThanOrEqual(2100);
    const counts = await sluice.eventCounts(id);
    expect(counts.length).toBe(3);
    expect(Math.max(...counts)).toBeLessThan(EVENTS_PER_EXECUTION);
  }, 120_000);
});
