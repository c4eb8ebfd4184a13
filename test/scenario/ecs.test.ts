import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EnvironmentPolicy } from '#domain/policy';
import { EcsSluice } from './ecs.ts';

let sluice: EcsSluice;
beforeAll(async () => {
  sluice = await EcsSluice.start();
});
afterAll(() => sluice.stop());

const plans: readonly (readonly [string, Partial<EnvironmentPolicy>, readonly number[]])[] = [
  ['rolling', { strategy: 'rolling', waves: [100] }, [100]],
  ['rolling in waves', { strategy: 'rolling', waves: [50, 75, 100] }, [50, 75, 100]],
  ['canary', { strategy: 'canary', canaryWeights: [50] }, [50, 100]],
  ['blue-green', { strategy: 'blue-green' }, [0, 100]],
];

describe.each(plans)('%s on ECS', (_, strategy, weights) => {
  it('releases what is good, step by step, and loses no request', async () => {
    const release = await sluice.release('well', strategy);

    const over = await release.over();

    expect(over).toMatchObject({ result: 'Succeeded', failed: 0 });
    expect(over.deployment.staging?.plan.map(({ weightPercent }) => weightPercent)).toEqual(weights);
    expect(over.serving).toBe(over.deployment.staging?.candidateVersion);
    expect(over.sent).toBeGreaterThan(100);
  });

  it('rolls back what fails its users, to the version before', async () => {
    const before = await sluice.serving();
    const release = await sluice.release('fails', strategy);

    const over = await release.over();

    expect(over).toMatchObject({ result: 'RolledBack', serving: before });
    expect(over.reason).toMatch(/^error-rate: /);
    expect(over.failed).toBeGreaterThan(0);
    expect(over.failed / over.sent).toBeLessThan(0.3);
  });

  it('goes back when an operator asks for it, and loses no request', async () => {
    const before = await sluice.serving();
    const release = await sluice.release('well', strategy);
    await release.until(({ staging }) => staging?.stepIndex === 0);
    await release.askedToStop();

    const over = await release.over();

    expect(over).toMatchObject({ result: 'RolledBack', serving: before, failed: 0 });
    expect(over.reason).toContain('looks odd');
  });
});

describe('a release on ECS', () => {
  it('that ECS has turned back itself has failed, and is not turned back twice', async () => {
    const before = await sluice.serving();
    const release = await sluice.release('crashes', { strategy: 'canary', canaryWeights: [50] });

    const over = await release.over();

    expect(over).toMatchObject({ result: 'RolledBack', reason: 'RolledBackByTarget', serving: before, failed: 0 });
  });

  it('leaves alone what somebody else deploys meanwhile', async () => {
    const release = await sluice.release('well', { strategy: 'canary', canaryWeights: [50] });
    await release.until(({ staging }) => staging?.stepIndex === 0);
    await sluice.deployByHand();

    const over = await release.over();
    await sluice.later(60);

    expect({ result: over.result, serving: await sluice.serving() }).toEqual({ result: 'RolledBack', serving: 'storefront:1' });
    expect(over.reason).toContain('somebody');
  });
});
