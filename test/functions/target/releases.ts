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
  run<Answer>(asked: Promise<Answer>): Promise<Answer>;
  later(seconds: number): Promise<void>;
  nowMs(): number;
  /** Sends users' requests; answers how many of them failed. */
  users(requests: number): Promise<number>;
  stop(): Promise<void>;
}

export const plans: Readonly<Record<Strategy, readonly number[]>> = {
  rolling: [50, 100],
  canary: [10, 60, 100],
  'blue-green': [0, 100],
  'a-b': [50, 100],
};
const health = { name: 'health', method: 'GET', path: '/health', expectStatus: 200 } as const;

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
export class Releases {
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
