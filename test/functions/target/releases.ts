import type { Serving } from '#deployment/release';
import type { Strategy } from '#policy/policy';
import type { ProbeResponse } from '#policy/probe';
import type { Artifact, Move, Shifted, Target } from '#target/target.port';

/** One environment that a target releases to, with good releases and with users. */
export interface ContractStage {
  readonly target: Target;
  /** Stores a good release as a build does. The release replies with its name. */
  artifact(name: string): Artifact;
  /** Waits for a promise while the time of the environment goes on. */
  run<Answer>(asked: Promise<Answer>): Promise<Answer>;
  later(seconds: number): Promise<void>;
  nowMs(): number;
  /** Sends requests of users. Returns the number that failed. */
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

/** A release that moves step by step, as the state machines move it. */
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

  /** The candidate's share of the routing that the target reports. */
  shareOf({ version, candidate }: Serving): number {
    return version === this.candidate ? 100 : (candidate?.weightPercent ?? 0);
  }
}

/** Uses the target of one stage as the state machines do. */
export class Releases {
  readonly #stage: ContractStage;
  #count = 0;

  constructor(stage: ContractStage) {
    this.#stage = stage;
  }

  serving = (): Promise<Serving> => this.#stage.run(this.#stage.target.serving());

  asked = (version: string): Promise<ProbeResponse> => this.#stage.run(this.#stage.target.probe(version, health));

  /** A target that takes its own steps gets a plan of one step. */
  weightsOf = (strategy: Strategy): readonly number[] => (this.#stage.target.delegatesSteps ? [100] : plans[strategy]);

  async staged(artifact: Artifact): Promise<string> {
    for (let tries = 0; tries < 100; tries++) {
      const answer = await this.#stage.run(this.#stage.target.stage(artifact));
      if (answer.ready) return answer.version;
      await this.#stage.later(2);
    }
    throw new Error('the target did not stage the artifact in 100 tries');
  }

  /** Stages a release with a new name and moves no traffic yet. */
  async begin(strategy: Strategy): Promise<Release> {
    const name = `${strategy}-${++this.#count}`;
    const candidate = await this.staged(this.#stage.artifact(name));
    return new Release(name, strategy, this.weightsOf(strategy), await this.serving(), candidate);
  }

  /** Takes the first steps of a release, with 10 requests after each. Returns the share after each step. */
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

  /** Asks every two seconds until the move is settled, as the state machines do. */
  async settled(ask: () => Promise<Shifted>): Promise<Serving> {
    for (let tries = 0; tries < 200; tries++) {
      const answer = await this.#stage.run(ask());
      if (answer.settled) return answer.serving;
      await this.#stage.later(2);
    }
    throw new Error('the move did not settle in 200 tries');
  }

  /** The requests that the target counted for a version in the last five seconds. No data counts as 0. */
  async requestsOf(version: string): Promise<number> {
    await this.#stage.later(2);
    const toMs = this.#stage.nowMs();
    return (await this.#stage.run(this.#stage.target.sample(version, toMs - 5000, toMs))).requests ?? 0;
  }
}
