/** The facts that decide how a function's processes run. A published version keeps its own copy. */
export interface FunctionConfiguration {
  readonly Handler: string;
  readonly Runtime: string;
  readonly Role: string;
  readonly Timeout: number;
  readonly MemorySize: number;
  readonly Architectures: string[];
  readonly Environment: Record<string, string>;
  readonly DeadLetterArn?: string;
  readonly ReservedConcurrency?: number;
}

/** `$LATEST` or one published version of a function. */
export interface FunctionVersion {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly configuration: FunctionConfiguration;
  readonly codeSha256: string;
  readonly codeSize: number;
  readonly revisionId: string;
  /** AWS gives a new revision id after an update, so an id that was read during the update is of no use later. */
  readonly settledRevisionId: string;
  readonly modifiedMs: number;
  /** Until then an update or the creation is in progress, as on AWS. */
  readonly busyUntilMs: number;
  readonly created: boolean;
}

/** A name for one version, or for two versions that share the calls. */
export interface Alias {
  readonly name: string;
  readonly alias: string;
  readonly version: string;
  readonly weights: Record<string, number>;
  readonly description: string;
  readonly revisionId: string;
}

/** The result of one run of an invocation in a process. */
export interface Outcome {
  /** The handler's JSON, or that of `{errorType, errorMessage, trace}`. */
  readonly payload: string;
  readonly failed: boolean;
  readonly durationMs: number;
  readonly logLines: string[];
}

/** Where numbers go that the functions and their host count. */
export interface Metrics {
  put(datum: MetricDatum): void;
}

export interface MetricDatum {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Record<string, string>;
  readonly values: number[];
  readonly atMs: number;
}
