import type { EnvironmentName } from '#policy/policy';

/** The task tokens of waiting approvals. Sluice sends a token only to Step Functions. */
export interface ApprovalTokens {
  keepToken(approvalId: string, token: { deploymentId: string; taskToken: string }): Promise<void>;
  findToken(approvalId: string): Promise<{ readonly deploymentId: string; readonly taskToken: string } | undefined>;
}

/** Which deployment asked last for an environment of an application. So at most one question is open. */
export interface Questions {
  /** Reads consistently. */
  findQuestion(application: string, environment: EnvironmentName): Promise<string | undefined>;
  /** Replaces the deployment that was read. Returns false if another one replaced it first. */
  keepQuestion(application: string, environment: EnvironmentName, deploymentId: string, before: string | undefined): Promise<boolean>;
}
