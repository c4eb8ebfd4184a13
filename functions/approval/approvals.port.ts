import type { EnvironmentName } from '#policy/policy';

/** Where the task tokens of waiting approvals stay; no token ever leaves this table except to Step Functions. */
export interface ApprovalTokens {
  keepToken(approvalId: string, held: { deploymentId: string; taskToken: string }): Promise<void>;
  findToken(approvalId: string): Promise<{ readonly deploymentId: string; readonly taskToken: string } | undefined>;
}

/** Which deployment asked last for an environment of an application, so that there is never more than one open question. */
export interface Questions {
  /** Reads consistently. */
  findQuestion(application: string, environment: EnvironmentName): Promise<string | undefined>;
  /** Puts one deployment in the place of the one that was read; answers false when another one got there first. */
  keepQuestion(application: string, environment: EnvironmentName, deploymentId: string, before: string | undefined): Promise<boolean>;
}

/** Signs what a link says; a link proves only that we made it, the record decides what it may still do. */
export interface LinkSigner {
  /** The key that signs now. */
  readonly currentKeyId: string;
  /** Answers a MAC (base64url) over the message by the current key, and that key's id. */
  sign(message: Uint8Array): Promise<{ readonly keyId: string; readonly mac: string }>;
  /** Checks a MAC by one of our own keys; any other key's id costs the same call and answers false. */
  verify(message: Uint8Array, keyId: string, mac: string): Promise<boolean>;
}
