import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EnvironmentPolicy, Strategy } from '#domain/policy';
import { EcsReleases } from './ecs.ts';

let releases: EcsReleases;
beforeAll(async () => {
  releases = await EcsReleases.start();
});
afterAll(() => releases.stop());

interface Planned extends Partial<EnvironmentPolicy> {
  readonly strategy: Strategy;
}

const plans: readonly (readonly [string, Planned, readonly number[]])[] = [
  ['rolling', { strategy: 'rolling', waves: [100] }, [100]],
  ['rolling in waves', { strategy: 'rolling', waves: [50, 75, 100] }, [50, 75, 100]],
  ['rolling with a holdback', { strategy: 'rolling', waves: [100], holdbackPercent: 25 }, [75, 100]],
  ['canary', { strategy: 'canary', canaryWeights: [50] }, [50, 100]],
  ['blue-green', { strategy: 'blue-green' }, [0, 100]],
  ['a-b', { strategy: 'a-b', splitSeconds: 4 }, [50, 100]],
];
const functional = (path: string, expectBody: string) => ({
  'service-health': { path: '/health' },
  'functional-validation': { requests: [{ name: path, method: 'GET' as const, path, expectStatus: 200, expectBody }] },
});
const failing = functional('/products', 'what nobody says');

it('every strategy that the target supports is released here', async () => {
  expect(new Set(plans.map(([, { strategy }]) => strategy))).toEqual(new Set(await releases.supports()));
});

describe.each(plans)('%s on ECS', (_, strategy, weights) => {
  const exposed = weights.flatMap((weight, stepIndex) => (weight > 0 ? [{ weight, stepIndex }] : []));
  const first = exposed[0]?.stepIndex as number;

  it('releases what is sound, step by step, and loses no request', async () => {
    const id = await releases.release('well', strategy);

    const over = await releases.over(id);

    expect(over).toMatchObject({ result: 'Succeeded', serving: over.candidateVersion, failed: 0 });
    expect(over.plan.map(({ weightPercent }) => weightPercent)).toEqual(weights);
    expect(over.sent).toBeGreaterThan(50);
  });

  it.each(exposed)('undoes what turns bad at $weight %, to the version before', async ({ stepIndex }) => {
    const before = await releases.serving();
    const id = await releases.release('weak', strategy);
    await releases.awkwardFrom(id, stepIndex);

    const over = await releases.over(id);

    expect(over).toMatchObject({ result: 'RolledBack', stepIndex, serving: before, rollback: { attempts: 1, verdict: 'Successful' } });
    expect(over.rollback?.reason).toMatch(/error|A is kept/);
    expect(over.failed).toBeGreaterThan(0);
    expect(over.failed / over.sent).toBeLessThan(0.2);
  });

  it('undoes what is stuck without evidence', async () => {
    const before = await releases.serving();
    const id = await releases.release('well', strategy);
    await releases.atStep(id, first);
    releases.users.requestsPerSecond = 0;

    const over = await releases.over(id);

    expect(over).toMatchObject({ result: 'RolledBack', serving: before, failed: 0 });
    expect(over.rollback?.reason).toContain('stuck without evidence');
  });

  it('verifies its undoing again after a first failure, and is back without losing a request', async () => {
    const before = await releases.serving();
    const id = await releases.release('well', strategy);
    await releases.atStep(id, first);
    await releases.askedToStop(id);
    await releases.reconfigure(failing);
    await releases.reached(id, ({ rollback }) => rollback?.verdict === 'Failed');
    await releases.reconfigure();

    const over = await releases.over(id);

    expect(over).toMatchObject({ result: 'RolledBack', serving: before, failed: 0, rollback: { attempts: 2, verdict: 'Successful' } });
    expect(over.rollback?.reason).toContain('looks odd');
  });

  it('keeps its lock and says what is true when the undoing cannot be verified three times', async () => {
    const before = await releases.serving();
    const id = await releases.release('well', strategy);
    await releases.atStep(id, first);
    await releases.askedToStop(id);
    await releases.reconfigure(failing);

    const over = await releases.over(id);

    expect(over).toMatchObject({ result: 'RollbackFailed', serving: before, failed: 0, rollback: { attempts: 3, verdict: 'Failed' } });
    expect(await releases.heldBecause(id)).toContain('rollback');
  });
});

describe('a release on ECS', () => {
  it('that is bad with nobody looking is found before any user meets it', async () => {
    const before = await releases.serving();
    const id = await releases.release('weak', { strategy: 'blue-green' }, functional('/awkward', 'served'));

    expect(await releases.over(id)).toMatchObject({ result: 'RolledBack', stepIndex: 0, serving: before, failed: 0 });
  });

  it('that ECS has turned back itself has failed, and is not turned back twice', async () => {
    const before = await releases.serving();
    const id = await releases.release('crashes', { strategy: 'canary', canaryWeights: [50] });

    expect(await releases.over(id)).toMatchObject({
      result: 'RolledBack',
      serving: before,
      failed: 0,
      rollback: { reason: 'RolledBackByTarget' },
    });
  });

  it('leaves alone what somebody else deploys meanwhile', async () => {
    const id = await releases.release('well', { strategy: 'canary', canaryWeights: [50] });
    await releases.atStep(id, 0);
    await releases.deployByHand();

    const over = await releases.over(id);

    expect(over).toMatchObject({ result: 'RolledBack', serving: 'storefront:1' });
    expect(over.rollback?.reason).toContain('somebody');
  });
});
