export interface BuildPhase {
  readonly phase: string;
  readonly status: string;
  /** Which command failed and with what exit status, in the build service's own words; empty where none did. */
  readonly message: string;
}

export interface BuildStatus {
  readonly buildId: string;
  readonly status: string;
  readonly phases: readonly BuildPhase[];
  /** Exported by the build's own commands: never evidence on its own. */
  readonly exported: Readonly<Record<string, string>>;
}

/** What is known of builds from the build service itself, not from the code that ran in them. */
export interface Builds {
  status(buildId: string): Promise<BuildStatus | undefined>;
}
