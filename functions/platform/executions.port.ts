export interface TaskTokens {
  /** Wakes a waiting task. A token that is gone or already used is not an error. */
  wake(taskToken: string, output: unknown): Promise<void>;
}

/** The calls that Sluice makes to Step Functions. */
export interface Executions {
  /** Starts the deployment's machine under its id. Two starts with the same id make one execution. */
  startDeployment(deploymentId: string): Promise<void>;
  /**
   * Starts a rollback for a release that lost its execution.
   * Its name is derived, so a second recovery starts nothing.
   */
  startOrphanedRollback(input: { deploymentId: string; environment: string; reason: string }): Promise<void>;
  /** Stops the executions that still run below a lost deployment and returns their names. */
  stopDescendants(deploymentId: string, because: string): Promise<string[]>;
  statusOfDeployment(deploymentId: string): Promise<string | undefined>;
}
