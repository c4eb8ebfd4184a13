import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Serving } from '#deployment/release';
import type { Strategy } from '#policy/policy';
import type { ProbeResponse } from '#policy/probe';
import type { Artifact, Move, Shifted, Target } from '#target/target.port';

/** One environment that a target releases to, with sound releases to send there and users to meet them. */
export interface ContractStage {
  readonly target: Target;
  /** Stores a sound release that answers by its name, as a build would. */
  artifact(name: string): Artifact;
  /** Waits for what was asked, while the environment's time goes on. */
  run<Reply>(asked: Promise<Reply>): Promise<Reply>;
  later(seconds: number): Promise<void>;
  nowMs(): number;
  /** Sends users' requests; answers how many of them failed. */
  users(requests: number): Promise<number>;
  stop(): Promise<void>;
}

const plans: Readonly<Record<Strategy, readonly number[]>> = {
  rolling: [50, 100],
  canary: [10, 60, 100],
  'blue-green': [0, 100],
  'a-b': [50, 100],
};
const health = { name: 'health', method: 'GET', path: '/health', expectStatus: 200 } as const;
const strategies = Object.keys(plans) as Strategy[];
const steps = strategies.flatMap((strategy) => plans[strategy].map((_, index) => ({ strategy, step: index + 1 })));

/** What every target owes to the machines, whatever it releases to (DESIGN section 3). */
export function targetContract(name: string, make: () => Promise<ContractStage>): void {
  describe(`${name} as a target`, () => {
    let stage: ContractStage;
    let releases: Releases;
    beforeAll(async () => {
      stage = await make();
      releases = new Releases(stage);
    });
    afterAll(() => stage.stop());

    it('carries out at least one strategy, and names each once', () => {
      expect(stage.target.supports.length).toBeGreaterThan(0);
      expect(new Set(stage.target.supports).size).toBe(stage.target.supports.length);
    });

    it('names one version that serves, and says the same as long as nothing changes', async () => {
      const serving = await releases.serving();

      expect(serving).toMatchObject({ version: expect.stringMatching(/./), revision: expect.stringMatching(/./) });
      expect(serving.candidate).toBeUndefined();
      expect(await releases.serving()).toEqual(serving);
    });

    it('brings an artefact there without giving it traffic, as one version however often it is asked', async () => {
      const before = await releases.serving();
      const artifact = stage.artifact('staged-twice');

      const version = await releases.staged(artifact);

      expect(version).not.toBe(before.version);
      expect(await releases.staged(artifact)).toBe(version);
      expect(await releases.serving()).toEqual(before);
      expect(await stage.users(10)).toBe(0);
      expect(await releases.requestsOf(version)).toBe(0);
    });

    it.for(strategies)(
      'takes a release by %s through its weights to all of the traffic, and loses no request',
      async (strategy, { skip }) => {
        skip(!stage.target.supports.includes(strategy), 'not supported');
        const release = await releases.begin(strategy);

        const shares = await releases.take(release, release.weights.length);

        expect(shares).toEqual(release.weights);
        expect(await releases.serving()).toMatchObject({ version: release.candidate, revision: release.revision });
        expect(release.failed).toBe(0);
      },
    );

    it.for(steps)(
      'returns from step $step of a release by $strategy, twice as well as once, and loses no request',
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

    it('takes a step that is delivered twice for one', async () => {
      const release = await releases.begin('rolling');
      const once = await releases.settled(() => stage.target.shift(release.move()));

      const twice = await releases.settled(() => stage.target.shift(release.move()));
      await releases.restored(release);

      expect(twice).toEqual(once);
    });

    it('leaves the routing alone when somebody else has changed it meanwhile, and says so', async () => {
      const ours = await releases.begin('rolling');
      const theirs = await releases.begin('rolling');
      await releases.take(theirs, theirs.weights.length);
      const before = await releases.serving();

      await expect(releases.settled(() => stage.target.shift(ours.move()))).rejects.toMatchObject({ name: 'AliasMoved' });

      expect(await releases.serving()).toEqual(before);
    });

    it("does not restore over somebody else's change, and says that it must be looked at", async () => {
      const ours = await releases.begin('rolling');
      await releases.take(ours, ours.weights.length);
      const theirs = await releases.begin('rolling');
      await releases.take(theirs, theirs.weights.length);
      const before = await releases.serving();

      await expect(stage.run(stage.target.restore(ours.baseline, ours.revision))).rejects.toMatchObject({ name: 'TargetBusy' });

      expect(await releases.serving()).toEqual(before);
    });

    it('asks the one version and never the other while both serve', async ({ skip }) => {
      skip(stage.target.delegatesSteps === true, 'asks only what serves');
      const release = await releases.begin('a-b');
      await releases.take(release, 1);

      const [candidate, baseline] = [await releases.asked(release.candidate), await releases.asked(release.baseline)];
      await releases.restored(release);

      expect(candidate).toMatchObject({ status: 200, body: expect.stringContaining(release.name) });
      expect(baseline).toMatchObject({ status: 200, body: expect.not.stringContaining(release.name) });
    });

    it('counts what the serving version did, and nothing for a version that nobody has met', async () => {
      const release = await releases.begin('rolling');
      await stage.later(10);

      await stage.users(20);

      expect(await releases.requestsOf(release.candidate)).toBe(0);
      expect(await releases.requestsOf(release.baseline)).toBe(20);
    });
  });
}

/** A release as the machines take it, step by step. */
class Release {
  readonly name: string;
  readonly strategy: Strategy;
  readonly weights: readonly number[];
  readonly baseline: string;
  readonly candidate: string;
  revision: string;
  index = 0;
  failed = 0;

  constructor(name: string, strategy: Strategy, weights: readonly number[], before: Serving, candidate: string) {
    this.name = name;
    this.strategy = strategy;
    this.weights = weights;
    this.baseline = before.version;
    this.revision = before.revision;
    this.candidate = candidate;
  }

  move(): Move {
    const { baseline, candidate, revision, strategy, weights, index } = this;
    return { baseline, candidate, revision, strategy, weights, index, weightPercent: weights[index] as number };
  }

  /** The candidate's share by what the target says of its routing. */
  shareOf({ version, candidate }: Serving): number {
    return version === this.candidate ? 100 : (candidate?.weightPercent ?? 0);
  }
}

/** Does with one stage what the machines do with a target. */
class Releases {
  readonly #stage: ContractStage;
  #count = 0;

  constructor(stage: ContractStage) {
    this.#stage = stage;
  }

  serving = (): Promise<Serving> => this.#stage.run(this.#stage.target.serving());

  asked = (version: string): Promise<ProbeResponse> => this.#stage.run(this.#stage.target.probe(version, health));

  /** A target that takes its own steps is told of one. */
  weightsOf = (strategy: Strategy): readonly number[] => (this.#stage.target.delegatesSteps ? [100] : plans[strategy]);

  async staged(artifact: Artifact): Promise<string> {
    for (let tries = 0; tries < 100; tries++) {
      const answer = await this.#stage.run(this.#stage.target.stage(artifact));
      if (answer.ready) return answer.version;
      await this.#stage.later(2);
    }
    throw new Error('it was never staged');
  }

  /** Stages a release of its own name, with nothing shifted yet. */
  async begin(strategy: Strategy): Promise<Release> {
    const name = `${strategy}-${++this.#count}`;
    const candidate = await this.staged(this.#stage.artifact(name));
    return new Release(name, strategy, this.weightsOf(strategy), await this.serving(), candidate);
  }

  /** Shifts through the first steps of a release, with users between them; answers what the target said of each. */
  async take(release: Release, steps: number): Promise<number[]> {
    const shares: number[] = [];
    while (release.index < steps) {
      const serving = await this.settled(() => this.#stage.target.shift(release.move()));
      release.revision = serving.revision;
      release.index++;
      release.failed += await this.#stage.users(10);
      shares.push(release.shareOf(serving));
    }
    return shares;
  }

  restored = ({ baseline }: Release): Promise<Serving> =>
    this.settled(async () => {
      const { target } = this.#stage;
      return target.restore(baseline, (await target.serving()).revision);
    });

  /** Asks every two seconds until it is settled, as the machines do. */
  async settled(ask: () => Promise<Shifted>): Promise<Serving> {
    for (let tries = 0; tries < 200; tries++) {
      const answer = await this.#stage.run(ask());
      if (answer.settled) return answer.serving;
      await this.#stage.later(2);
    }
    throw new Error('it never settled');
  }

  /** How many requests the target counted for a version in the last five seconds; nothing known counts as none. */
  async requestsOf(version: string): Promise<number> {
    await this.#stage.later(2);
    const toMs = this.#stage.nowMs();
    return (await this.#stage.run(this.#stage.target.sample(version, toMs - 5000, toMs))).requests ?? 0;
  }
}
