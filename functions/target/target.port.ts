import type { CheckResult, Sample, Serving } from '#deployment/release';
import type { CheckName, ProbeRequest, Strategy } from '#policy/policy';
import type { ProbeResponse } from '#policy/probe';

export interface Artifact {
  readonly key: string;
  readonly versionId?: string;
  /** Base64 SHA-256 of the zip, as Lambda's CodeSha256. */
  readonly digest: string;
}

/** One step of a release: who gets how much traffic now, and where that stands in the plan. */
export interface Move {
  readonly baseline: string;
  readonly candidate: string;
  readonly weightPercent: number;
  /** The routing as we left it. */
  readonly revision: string;
  readonly strategy: Strategy;
  /** All weights of the plan in order and which of them this is, for targets that are told the whole plan at once. */
  readonly weights: readonly number[];
  readonly index: number;
}

/** Not settled: the target is still moving; ask again in a moment. */
export type Shifted = { readonly settled: false } | { readonly settled: true; readonly serving: Serving };

/** What a release acts on in one environment. */
export interface Target {
  /** The strategies that it can carry out. */
  readonly supports: readonly Strategy[];
  /** Takes the strategy's steps itself, so that there is one step for us to plan and to watch. */
  readonly delegatesSteps?: true;
  /** Passes through shares of its own on the way from one step to the next, and on the way back. */
  readonly movesGradually?: true;
  serving(): Promise<Serving>;
  /** Brings the artefact to the environment without traffic; `Wait` until the environment has taken it. */
  stage(artifact: Artifact): Promise<{ readonly ready: false } | { readonly ready: true; readonly version: string }>;
  /** Gives the candidate its share of the traffic; refuses with AliasMoved when someone else changed the routing since `revision`. */
  shift(move: Move): Promise<Shifted>;
  /** Gives all traffic to one version; where somebody changed the routing since `revision` was read it throws TargetBusy, so that what they did is looked at first. */
  restore(version: string, revision: string): Promise<Shifted>;
  /** Whether a version is there to be asked before traffic returns to it; without this it always is. Where it is not, the target lets users reach healthy instances only. */
  isStandingBy?(version: string): Promise<boolean>;
  /** Sends a request to one version, never through the traffic's routing. */
  probe(version: string, request: ProbeRequest): Promise<ProbeResponse>;
  /** Runs the checks itself, where the target has them and not the application's declaration. */
  validate?(version: string, names: readonly CheckName[]): Promise<CheckResult[]>;
  /** What one version did between two instants; metrics that the target cannot measure are left out. `slow` counts what took longer than `slowerThanMs`. */
  sample(version: string, fromMs: number, toMs: number, slowerThanMs?: number): Promise<Sample>;
}
