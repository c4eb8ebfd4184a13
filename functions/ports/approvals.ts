/** Where the task tokens of waiting approvals stay; no token ever leaves this table except to Step Functions. */
export interface ApprovalTokens {
  keepToken(approvalId: string, held: { deploymentId: string; taskToken: string }): Promise<void>;
  findToken(approvalId: string): Promise<{ readonly deploymentId: string; readonly taskToken: string } | undefined>;
}

/** Signs what a link says; a link proves only that we made it, the record decides what it may still do. */
export interface LinkSigner {
  /** Answers a MAC (base64url) over the message by the current key, and that key's id. */
  sign(message: Uint8Array): Promise<{ readonly keyId: string; readonly mac: string }>;
  verify(message: Uint8Array, keyId: string, mac: string): Promise<boolean>;
}
