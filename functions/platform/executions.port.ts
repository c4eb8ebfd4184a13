export interface TaskTokens {
  /** Wakes a waiting task; a token that is gone or was answered is not an error. */
  wake(taskToken: string, output: unknown): Promise<void>;
}

/** What Sluice asks of Step Functions itself. */
export interface Executions {
  /** Starts the deployment's machine under its id; the same id twice is one execution. */
  startDeployment(deploymentId: string): Promise<void>;
  /** Starts an undo whose release is gone; its name is derived, so that a second recovery starts nothing. */
  startOrphanedRollback(input: { deploymentId: string; environment: string; reason: string }): Promise<void>;
  /** Stops what still runs below a deployment that was lost; answers the names. */
  stopDescendants(deploymentId: string, because: string): Promise<string[]>;
  statusOfDeployment(deploymentId: string): Promise<string | undefined>;
}
