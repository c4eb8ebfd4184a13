import * as z from 'zod';
import { withFormerNames } from '#platform/former-names';
import { environmentNames, policySchema } from '#policy/policy';
import { channelSchema, issueSchema } from './issue.ts';
import { releaseSchema } from './release.ts';
import { verdictSchema } from './verdict.ts';

export const outcomes = ['Deployed', 'Escalated', 'Cancelled', 'RolledBack', 'RollbackFailed'] as const;
export type Outcome = (typeof outcomes)[number];

/** The possible requirements before production. The stricter of band and gates applies. */
export const requirements = ['autonomous', 'notify', 'approve', 'escalate'] as const;
export type Requirement = (typeof requirements)[number];

export const scorePartSchema = z.strictObject({ rule: z.string(), hundredths: z.number().int() });

export const decisionSchema = z.strictObject({
  eligible: z.boolean(),
  /** The reasons why it is not eligible, each with what to do; empty if it is eligible. */
  ineligibleBecause: z.array(z.string()),
  scoreHundredths: z.number().int(),
  scoreParts: z.array(scorePartSchema),
  band: z.enum(requirements),
  gates: z.array(z.strictObject({ gate: z.string(), because: z.string() })),
  requirement: z.enum(requirements),
  previousResolutions: z.number().int().nonnegative(),
});
export type Decision = z.infer<typeof decisionSchema>;

const fixCheckSchema = z.strictObject({ check: z.string(), verdict: verdictSchema, detail: z.string() });
export type FixCheck = z.infer<typeof fixCheckSchema>;

/** The validation report, computed from the builds' statuses, the stored commit and the stored zip. */
export const fixSchema = z.strictObject({
  verdict: verdictSchema,
  checks: z.array(fixCheckSchema),
  goalId: z.string(),
  workflow: z.string(),
  tasksCompleted: z.number().int().nonnegative(),
  baseCommit: z.string().optional(),
  commit: z.string().optional(),
  artifactKey: z.string().optional(),
  /** The S3 version of the artifact, so that Sluice deploys exactly the judged artifact. */
  artifactVersionId: z.string().optional(),
  /** Lambda's CodeSha256 of the zip: base64 SHA-256. */
  digest: z.string().optional(),
  /** The base64 SHA-256 of the judged diff, so that approvers see exactly that diff. */
  diffDigest: z.string().optional(),
  files: z.array(z.string()),
  addedLines: z.number().int().nonnegative(),
  removedLines: z.number().int().nonnegative(),
  schemaChanges: z.array(z.string()),
  /** Schema changes that cannot be undone. */
  irreversible: z.array(z.string()).default([]),
  reason: z.string(),
});
export type Fix = z.infer<typeof fixSchema>;

export const approvalStatuses = ['PENDING', 'APPROVED', 'REJECTED', 'CANCELLED', 'EXPIRED', 'SUPERSEDED', 'REVOKED', 'PROCEEDING'] as const;
/** How a person showed who they are: by their own link alone, or by signing in as well. */
export const assurances = ['link', 'signed-in'] as const;
export type Assurance = (typeof assurances)[number];

export const voteSchema = z.strictObject({ by: z.string(), at: z.string(), assurance: z.enum(assurances) });
export type Vote = z.infer<typeof voteSchema>;

export const approvalSchema = z.strictObject({
  approvalId: z.string(),
  kind: z.enum(['approve', 'notify']),
  status: z.enum(approvalStatuses),
  environment: z.enum(environmentNames).optional(),
  approvers: z.array(z.string()),
  /** How many of the approvers must say yes; one if absent. */
  quorum: z.number().int().positive().optional(),
  votes: z.array(voteSchema).optional(),
  /** The author of the fix, who may say no to it but never yes (R-ASK-5). */
  author: z.string().optional(),
  /** The other people who worked on the fix. The same holds for them. */
  makers: z.array(z.string()).optional(),
  /** True if an approver must also sign in. */
  signIn: z.boolean().optional(),
  assurance: z.enum(assurances).optional(),
  digest: z.string(),
  requestedAt: z.string(),
  expiresAt: z.string(),
  decidedBy: z.string().optional(),
  decidedAt: z.string().optional(),
  reason: z.string().optional(),
});
export type Approval = z.infer<typeof approvalSchema>;

export const stopRequestSchema = z.strictObject({
  kind: z.enum(['cancel', 'rollback']),
  by: z.string(),
  at: z.string(),
  reason: z.string(),
  /** How a person who asked by a link showed who they are; absent if an operator asked. */
  assurance: z.enum(assurances).optional(),
});
export type StopRequest = z.infer<typeof stopRequestSchema>;

/** Says who asked to stop and why. */
export const askedBy = ({ kind, by, reason }: StopRequest): string => `${kind} by ${by}: ${reason}`;

/** The current projection of one deployment; its audit rows are the history. */
export const deploymentSchema = z.strictObject({
  id: z.string(),
  application: z.string(),
  /** The number of the last audit row. A write succeeds only if it is unchanged. */
  sequence: z.number().int().nonnegative(),
  headHash: z.string(),
  status: z.enum(['Admitted', 'Resolving', 'Staging', 'Authorising', 'Production', 'Verifying', 'RollingBack', ...outcomes]),
  fingerprint: z.string(),
  issue: issueSchema,
  channel: channelSchema,
  policy: policySchema,
  decision: decisionSchema.optional(),
  fix: withFormerNames(fixSchema, { evidence: 'checks' }).optional(),
  staging: releaseSchema.optional(),
  production: releaseSchema.optional(),
  approval: approvalSchema.optional(),
  stopRequest: stopRequestSchema.optional(),
  /** The start and end of each stage, as ISO times. */
  stages: z.array(z.strictObject({ stage: z.string(), startedAt: z.string(), endedAt: z.string().optional() })).default([]),
  outcome: z.enum(outcomes).optional(),
  outcomeReason: z.string().optional(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type Deployment = z.infer<typeof deploymentSchema>;
export type DeploymentStatus = Deployment['status'];

/** True if the deployment has its final outcome. */
export const hasEnded = (deployment: Deployment): boolean => (outcomes as readonly string[]).includes(deployment.status);
