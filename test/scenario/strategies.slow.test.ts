import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Application } from '#policy/application';
import type { EnvironmentPolicy } from '#policy/policy';
import { LambdaReleases } from './lambda-releases.ts';

let releases: LambdaReleases;
beforeAll(async () => {
  releases = await LambdaReleases.start();
});
afterAll(() => releases.stop());

const plans: readonly (readonly [string, Partial<EnvironmentPolicy>, readonly number[]])[] = [
  ['rolling', { strategy: 'rolling', waves: [50, 100] }, [50, 100]],
  ['rolling with a holdback', { strategy: 'rolling', waves: [50, 100], holdbackPercent: 20 }, [50, 80, 100]],
  ['canary', { strategy: 'canary', canaryWeights: [25, 60] }, [25, 60, 100]],
  ['blue-green', { strategy: 'blue-green' }, [0, 100]],
  ['a-b', { strategy: 'a-b', splitSeconds: 4 }, [50, 100]],
];
const missing = { requests: [{ name: 'gone', method: 'GET' as const, path: '/gone', expectStatus: 200 }] };
const failing = { checks: { 'service-health': { path: '/health' }, 'functional-validation': missing } };

it('blue-green on Lambda keeps users away from a green that fails its validation', async () => {
  const before = await releases.serving();
  const cotton = { name: 'cotton', method: 'GET' as const, path: '/search?q=100%+cotton', expectStatus: 200 };
  const configure = (it: Application): Application => ({
    ...it,
    checks: { ...it.checks, 'functional-validation': { requests: [cotton] } },
  });
  const seen = await releases.release('weak', { strategy: 'blue-green' }, { configure });
  releases.awkward = true;

  const staging = await releases.over(seen);

  expect(staging).toMatchObject({ result: 'RolledBack', stepIndex: 0, rollback: { attempts: 1, verdict: 'Successful' } });
  expect(staging.rollback?.reason).toContain('functional-validation: cotton');
  expect(await releases.serving()).toBe(before);
  expect({ failed: seen.failed, some: seen.sent > 20 }).toEqual({ failed: 0, some: true });
});

describe.each(plans)('%s on Lambda', (_, strategy, weights) => {
  it('releases a good candidate step by step and fails no request', async () => {
    const seen = await releases.release('sound', strategy);

    const staging = await releases.over(seen);

    expect(staging).toMatchObject({ result: 'Succeeded' });
    expect(staging.plan.map(({ weightPercent }) => weightPercent)).toEqual(weights);
    expect(await releases.serving()).toBe(staging.candidateVersion);
    expect(seen.sent).toBeGreaterThan(50);
    expect(seen.failed).toBe(0);
  });

  const exposed = weights.flatMap((weight, index) => (weight > 0 ? [{ weight, stepIndex: index }] : []));
  it.each(exposed)('rolls a candidate that fails at $weight % back to the baseline', async ({ stepIndex }) => {
    const before = await releases.serving();
    const seen = await releases.release('weak', strategy);
    await releases.awkwardFrom(seen, stepIndex);

    const staging = await releases.over(seen);

    expect(staging).toMatchObject({ result: 'RolledBack', stepIndex, rollback: { attempts: 1, verdict: 'Successful' } });
    expect(staging.rollback?.reason).toMatch(/error-rate|exceptions-in-logs|A is kept/);
    expect(await releases.serving()).toBe(before);
    expect(seen.failed).toBeGreaterThan(0);
  });

  it('rolls a release without evidence back as stuck', async () => {
    const before = await releases.serving();
    const seen = await releases.release('sound', strategy);
    const first = exposed[0]?.stepIndex;
    await releases.reached(seen.id, (release) => release.stepIndex === first);
    releases.quiet = true;

    const staging = await releases.over(seen);

    expect(staging).toMatchObject({ result: 'RolledBack', rollback: { reason: expect.stringContaining('stuck without evidence') } });
    expect(await releases.serving()).toBe(before);
  });

  it('verifies the rollback again after a first failure', async () => {
    const seen = await releases.release('sound', strategy);
    await releases.reached(seen.id, (release) => release.stepIndex === exposed[0]?.stepIndex);
    await releases.askedToStop(seen);
    await releases.sluice.reconfigure((configured) => ({ ...configured, ...failing }));
    await releases.reached(seen.id, (release) => release.rollback?.verdict === 'Failed');
    await releases.sluice.reconfigure((configured) => configured);

    expect(await releases.over(seen)).toMatchObject({ result: 'RolledBack', rollback: { attempts: 2, verdict: 'Successful' } });
  });

  it('keeps its lock when three attempts could not verify the rollback', async () => {
    const seen = await releases.release('sound', strategy);
    await releases.reached(seen.id, (release) => release.stepIndex === exposed[0]?.stepIndex);
    await releases.askedToStop(seen);
    await releases.sluice.reconfigure((configured) => ({ ...configured, ...failing }));

    const staging = await releases.over(seen);

    expect(staging).toMatchObject({ result: 'RollbackFailed', rollback: { attempts: 3, verdict: 'Failed' } });
    expect(staging.resultReason).toContain(
      `could not be verified in 3 attempt(s); now version ${staging.baseline?.version} serves all traffic; functional-validation: gone`,
    );
    expect(await releases.sluice.subjects(seen.id)).toEqual(['CRITICAL: Rollback failed - immediate attention required (storefront)']);
  });
});
