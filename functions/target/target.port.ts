import type { CheckResult, Sample, Serving } from '#deployment/release';
import type { CheckName, ProbeRequest, Strategy } from '#policy/policy';
import type { ProbeResponse } from '#policy/probe';

export interface Artifact {
  readonly key: string;
  readonly versionId?: string;
  /** Base64 SHA-256 of the zip, as Lambda's CodeSha256. */
  readonly digest: string;
}

/** One step of a release: the traffic of each version now, and the place of the step in the plan. */
export interface Move {
  readonly baseline: string;
  readonly candidate: string;
  readonly weightPercent: number;
  /** The revision of the routing after Sluice's last change. */
  readonly revision: string;
  readonly strategy: Strategy;
  /** All weights of the plan in order, for targets that take the whole plan at once. */
  readonly weights: readonly number[];
  /** The place of this step in `weights`. */
  readonly index: number;
}

/** If `settled` is false, the target is still moving; ask again in a moment. */
export type Shifted = { readonly settled: false } | { readonly settled: true; readonly serving: Serving };

/** The thing that a release changes in one environment (R-ROLL-6). */
export interface Target {
  /** The strategies that it can carry out. */
  readonly supports: readonly Strategy[];
  /** True if the target takes the strategy's steps. Sluice then plans and watches one step. */
  readonly delegatesSteps?: true;
  /** True if the traffic passes through other shares between two steps, and on the way back. */
  readonly movesGradually?: true;
  serving(): Promise<Serving>;
  /** Brings the artifact to the environment without traffic; not ready until the environment has taken it. */
  stage(artifact: Artifact): Promise<{ readonly ready: false } | { readonly ready: true; readonly version: string }>;
  /**
   * Gives the candidate its share of the traffic.
   * If another actor changed the routing since `revision`, throws AliasMoved.
   */
  shift(move: Move): Promise<Shifted>;
  /**
   * Gives all traffic to one version.
   * If the routing changed since `revision` was read, throws TargetBusy: the caller reads the change first.
   */
  restore(version: string, revision: string): Promise<Shifted>;
  /**
   * True if a version can be probed before traffic returns to it; without this method it always can.
   * If it cannot, the target lets users reach healthy instances only.
   */
  isStandingBy?(version: string): Promise<boolean>;
  /** Sends a request directly to one version, never through the users' routing. */
  probe(version: string, request: ProbeRequest): Promise<ProbeResponse>;
  /** Runs the checks in the target, if the target defines them instead of the application. */
  validate?(version: string, names: readonly CheckName[]): Promise<CheckResult[]>;
  /**
   * Measures one version between two instants and leaves out metrics that the target does not have.
   * `slow` counts requests that took longer than `slowerThanMs`.
   */
  sample(version: string, fromMs: number, toMs: number, slowerThanMs?: number): Promise<Sample>;
}
