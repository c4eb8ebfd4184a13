export interface StoredArtifact {
  readonly key: string;
  readonly versionId?: string;
  /** Base64 SHA-256 of the stored bytes, computed here. */
  readonly digest: string;
}

/** The bucket of briefs, plans, commits and zips. */
export interface Artifacts {
  putBrief(deploymentId: string, brief: unknown): Promise<string>;
  /** Reads a stored object as text; undefined when the build did not store it. */
  readText(key: string): Promise<string | undefined>;
  measure(key: string): Promise<StoredArtifact | undefined>;
}
