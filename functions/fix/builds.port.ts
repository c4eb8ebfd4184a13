export interface BuildPhase {
  readonly phase: string;
  readonly status: string;
  /** The failed command and its exit status, in the build service's own words; empty if none failed. */
  readonly message: string;
}

export interface BuildStatus {
  readonly buildId: string;
  readonly status: string;
  readonly phases: readonly BuildPhase[];
  /** Exported by the build's own commands: never evidence on its own. */
  readonly exported: Readonly<Record<string, string>>;
}

/** Reads what the build service itself recorded, not what code in the build reports. */
export interface Builds {
  status(buildId: string): Promise<BuildStatus | undefined>;
}
