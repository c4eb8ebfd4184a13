import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Strategy } from '#policy/policy';
import { type ContractStage, plans, Releases } from './releases.ts';

const strategies = Object.keys(plans) as Strategy[];
const steps = strategies.flatMap((strategy) => plans[strategy].map((_, index) => ({ strategy, step: index + 1 })));

/** The tests that every kind of target must pass (R-ROLL-6). */
export function targetContract(name: string, make: () => Promise<ContractStage>): void {
  describe(`${name} as a target`, () => {
    let stage: ContractStage;
    let releases: Releases;
    beforeAll(async () => {
      stage = await make();
      releases = new Releases(stage);
    });
    afterAll(() => stage.stop());

    it('supports at least one strategy, and names each once', () => {
      expect(stage.target.supports.length).toBeGreaterThan(0);
      expect(new Set(stage.target.supports).size).toBe(stage.target.supports.length);
    });

    it('names one serving version, and the same version again if nothing changed', async () => {
      const serving = await releases.serving();

      expect(serving).toMatchObject({ version: expect.stringMatching(/./), revision: expect.stringMatching(/./) });
      expect(serving.candidate).toBeUndefined();
      expect(await releases.serving()).toEqual(serving);
    });

    it('stages an artifact without traffic, and as one version even if it is staged twice', async () => {
      const before = await releases.serving();
      const artifact = stage.artifact('staged-twice');

      const version = await releases.staged(artifact);

      expect(version).not.toBe(before.version);
      expect(await releases.staged(artifact)).toBe(version);
      expect(await releases.serving()).toEqual(before);
      expect(await stage.users(10)).toBe(0);
      expect(await releases.requestsOf(version)).toBe(0);
    });

    it.for(strategies)('moves a release by %s through its weights to all traffic, and loses no request', async (strategy, { skip }) => {
      skip(!stage.target.supports.includes(strategy), 'not supported');
      const release = await releases.begin(strategy);

      const shares = await releases.take(release, release.weights.length);

      expect(shares).toEqual(release.weights);
      expect(await releases.serving()).toMatchObject({ version: release.candidate, revision: release.revision });
      expect(release.failed).toBe(0);
    });

    it.for(steps)(
      'returns to the baseline from step $step of a release by $strategy, also twice, and loses no request',
      async ({ strategy, step }, { skip }) => {
        skip(!stage.target.supports.includes(strategy) || releases.weightsOf(strategy).length < step, 'not supported');
        const release = await releases.begin(strategy);
        await releases.take(release, step);

        const returned = [await releases.restored(release), await releases.restored(release)];

        for (const { version, candidate } of returned) expect({ version, candidate }).toEqual({ version: release.baseline });
        expect((await releases.serving()).version).toBe(release.baseline);
        expect((await stage.users(10)) + release.failed).toBe(0);
      },
    );

    it('takes a step once even if it is delivered twice', async () => {
      const release = await releases.begin('rolling');
      const once = await releases.settled(() => stage.target.shift(release.move()));

      const twice = await releases.settled(() => stage.target.shift(release.move()));
      await releases.restored(release);

      expect(twice).toEqual(once);
    });

    it('throws AliasMoved and leaves the routing alone if another release changed it', async () => {
      const ours = await releases.begin('rolling');
      const theirs = await releases.begin('rolling');
      await releases.take(theirs, theirs.weights.length);
      const before = await releases.serving();

      await expect(releases.settled(() => stage.target.shift(ours.move()))).rejects.toMatchObject({ name: 'AliasMoved' });

      expect(await releases.serving()).toEqual(before);
    });

    it('throws TargetBusy and restores nothing if another release changed the routing', async () => {
      const ours = await releases.begin('rolling');
      await releases.take(ours, ours.weights.length);
      const theirs = await releases.begin('rolling');
      await releases.take(theirs, theirs.weights.length);
      const before = await releases.serving();

      await expect(stage.run(stage.target.restore(ours.baseline, ours.revision))).rejects.toMatchObject({ name: 'TargetBusy' });

      expect(await releases.serving()).toEqual(before);
    });

    it('probes exactly the version that it is given while both versions serve', async ({ skip }) => {
      skip(stage.target.delegatesSteps === true, 'probes only the serving version');
      const release = await releases.begin('a-b');
      await releases.take(release, 1);

      const [candidate, baseline] = [await releases.asked(release.candidate), await releases.asked(release.baseline)];
      await releases.restored(release);

      expect(candidate).toMatchObject({ status: 200, body: expect.stringContaining(release.name) });
      expect(baseline).toMatchObject({ status: 200, body: expect.not.stringContaining(release.name) });
    });

    it('counts the requests of the serving version, and none for a version without traffic', async () => {
      const release = await releases.begin('rolling');
      await stage.later(10);

      await stage.users(20);

      expect(await releases.requestsOf(release.candidate)).toBe(0);
      expect(await releases.requestsOf(release.baseline)).toBe(20);
    });
  });
}
