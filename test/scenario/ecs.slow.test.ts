import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EnvironmentPolicy, Strategy } from '#policy/policy';
import { EcsReleases } from './ecs.ts';

let releases: EcsReleases;
beforeAll(async () => {
  releases = await EcsReleases.start();
});
afterAll(() => releases.stop());

interface Planned {
  readonly policy: Partial<EnvironmentPolicy> & { readonly strategy: Strategy };
  readonly weights: readonly number[];
}

const plans: Readonly<Record<string, Planned>> = {
  rolling: { policy: { strategy: 'rolling', waves: [100] }, weights: [100] },
  canary: { policy: { strategy: 'canary', canaryWeights: [50] }, weights: [50, 100] },
  'blue-green': { policy: { strategy: 'blue-green' }, weights: [0, 100] },
  'a-b': { policy: { strategy: 'a-b', splitSeconds: 4 }, weights: [50, 100] },
};
/** Other plans of the same strategies. They differ only in their steps. */
const variants: Readonly<Record<string, Planned>> = {
  'rolling in waves': { policy: { strategy: 'rolling', waves: [50, 75, 100] }, weights: [50, 75, 100] },
  'rolling with a holdback': { policy: { strategy: 'rolling', waves: [100], holdbackPercent: 25 }, weights: [75, 100] },
};
const exposed = ({ weights }: Planned) => weights.flatMap((weight, stepIndex) => (weight > 0 ? [{ weight, stepIndex }] : []));
const functional = (path: string, expectBody: string) => ({
  'service-health': { path: '/health' },
  'functional-validation': { requests: [{ name: path, method: 'GET' as const, path, expectStatus: 200, expectBody }] },
});
const failing = functional('/products', 'what nobody says');

it('the scenarios on ECS release by each strategy that the target supports', async () => {
  expect(Object.keys(plans).sort()).toEqual([...(await releases.supports())].sort());
});

describe.each(Object.entries({ ...plans, ...variants }))('%s on ECS', (_, plan) => {
  it('releases a good candidate step by step and fails no request', async () => {
    const id = await releases.release('well', plan.policy);

    const over = await releases.over(id);

    expect(over).toMatchObject({ result: 'Succeeded', serving: over.candidateVersion, failed: 0 });
    expect(over.plan.map(({ weightPercent }) => weightPercent)).toEqual(plan.weights);
    expect(over.sent).toBeGreaterThan(50);
  });

  it.each(exposed(plan))('rolls a candidate that fails at $weight % back to the baseline', async ({ stepIndex }) => {
    const before = await releases.serving();
    const id = await releases.release('weak', plan.policy);
    await releases.awkwardFrom(id, stepIndex);

    const over = await releases.over(id);

    expect(over).toMatchObject({ result: 'RolledBack', stepIndex, serving: before, rollback: { attempts: 1, verdict: 'Successful' } });
    expect(over.rollback?.reason).toMatch(/error|A is kept/);
    expect(over.failed).toBeGreaterThan(0);
    expect(over.failed / over.sent).toBeLessThan(0.2);
  });
});

describe.each(Object.entries(plans))('%s on ECS', (_, plan) => {
  const first = exposed(plan)[0]?.stepIndex as number;

  it('rolls a release without evidence back as stuck', async () => {
    const before = await releases.serving();
    const id = await releases.release('well', plan.policy);
    await releases.atStep(id, first);
    releases.users.requestsPerSecond = 0;

    const over = await releases.over(id);

    expect(over).toMatchObject({ result: 'RolledBack', serving: before, failed: 0 });
    expect(over.rollback?.reason).toContain('stuck without evidence');
  });

  it('verifies the rollback again after a first failure, and fails no request', async () => {
    const before = await releases.serving();
    const id = await releases.release('well', plan.policy);
    await releases.atStep(id, first);
    await releases.askedToStop(id);
    await releases.reconfigure(failing);
    await releases.reached(id, ({ rollback }) => rollback?.verdict === 'Failed');
    await releases.reconfigure();

    const over = await releases.over(id);

    expect(over).toMatchObject({ result: 'RolledBack', serving: before, failed: 0, rollback: { attempts: 2, verdict: 'Successful' } });
    expect(over.rollback?.reason).toContain('looks odd');
  });

  it('keeps its lock when three attempts could not verify the rollback', async () => {
    const before = await releases.serving();
    const id = await releases.release('well', plan.policy);
    await releases.atStep(id, first);
    await releases.askedToStop(id);
    await releases.reconfigure(failing);

    const over = await releases.over(id);

    expect(over).toMatchObject({ result: 'RollbackFailed', serving: before, failed: 0, rollback: { attempts: 3, verdict: 'Failed' } });
    expect(await releases.heldBecause(id)).toContain('rollback');
  });
});

describe('a release on ECS', () => {
  it('finds a bad candidate before any user gets it', async () => {
    const before = await releases.serving();
    const id = await releases.release('weak', { strategy: 'blue-green' }, functional('/awkward', 'served'));

    expect(await releases.over(id)).toMatchObject({ result: 'RolledBack', stepIndex: 0, serving: before, failed: 0 });
  });

  it('does not roll back again after ECS has rolled back', async () => {
    const before = await releases.serving();
    const id = await releases.release('crashes', { strategy: 'canary', canaryWeights: [50] });

    expect(await releases.over(id)).toMatchObject({
      result: 'RolledBack',
      serving: before,
      failed: 0,
      rollback: { reason: expect.stringContaining('RolledBackByTarget: the target has rolled back automatically') },
    });
  });

  it('leaves a manual deployment during the release alone', async () => {
    const id = await releases.release('well', { strategy: 'canary', canaryWeights: [50] });
    await releases.atStep(id, 0);
    await releases.deployByHand();

    const over = await releases.over(id);

    expect(over).toMatchObject({ result: 'RolledBack', serving: 'storefront:1' });
    expect(over.rollback?.reason).toContain('moved outside Sluice');
  });
});
