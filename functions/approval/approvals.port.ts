import type { EnvironmentName } from '#policy/policy';

/** Where the task tokens of waiting approvals stay; no token ever leaves this table except to Step Functions. */
export interface ApprovalTokens {
  keepToken(approvalId: string, token: { deploymentId: string; taskToken: string }): Promise<void>;
  findToken(approvalId: string): Promise<{ readonly deploymentId: string; readonly taskToken: string } | undefined>;
}

/** Which deployment asked last for an environment of an application, so that there is never more than one open question. */
export interface Questions {
  /** Reads consistently. */
  findQuestion(application: string, environment: EnvironmentName): Promise<string | undefined>;
  /** Puts one deployment in the place of the one that was read; returns false when another one got there first. */
  keepQuestion(application: string, environment: EnvironmentName, deploymentId: string, before: string | undefined): Promise<boolean>;
}
