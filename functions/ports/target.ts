import type { ProbeRequest } from '#domain/policy';
import type { Sample, Serving } from '#domain/release';

export interface Artifact {
  readonly key: string;
  readonly versionId?: string;
  /** Base64 SHA-256 of the zip, as Lambda's CodeSha256. */
  readonly digest: string;
}

export interface ProbeResponse {
  readonly status: number;
  readonly body: string;
  readonly durationMs: number;
}

/** What a release acts on in one environment. */
export interface Target {
  serving(): Promise<Serving>;
  /** Brings the artefact to the environment without traffic; `Wait` until the environment has taken it. */
  stage(artifact: Artifact): Promise<{ readonly ready: false } | { readonly ready: true; readonly version: string }>;
  /** Gives the candidate a share of the traffic; refuses with AliasMoved when someone else changed the routing since `revision`. */
  shift(move: { baseline: string; candidate: string; weightPercent: number; revision: string }): Promise<Serving>;
  /** Gives all traffic to one version, whatever the routing is now. */
  restore(version: string): Promise<Serving>;
  /** Sends a request to one version, never through the traffic's routing. */
  probe(version: string, request: ProbeRequest): Promise<ProbeResponse>;
  /** What one version did between two instants; metrics that the target cannot measure are left out. */
  sample(version: string, fromMs: number, toMs: number): Promise<Sample>;
}
