import * as z from 'zod';
import { inPresentNames } from '#platform/former-names';
import { environmentNames } from '#policy/policy';
import { approvalStatuses, assurances, decisionSchema, fixSchema, outcomes, stopRequestSchema } from './deployment.ts';
import { checkResultSchema, judgementSchema, servingSchema, stepSchema, symptoms } from './release.ts';
import { verdictSchema } from './verdict.ts';

const environment = z.enum(environmentNames);
const settledQuestion = z.strictObject({ approvalId: z.string(), status: z.enum(approvalStatuses) });

/** Every event that Sluice records, one row each. No field holds a customer's text, a token or a secret. */
export const auditEventSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('IssueAdmitted'),
    issueId: z.string(),
    issueDigest: z.string(),
    fingerprint: z.string(),
    domain: z.string(),
    severity: z.string(),
    channel: z.string(),
    policyVersion: z.string(),
  }),
  z.strictObject({ type: z.literal('DecisionMade'), ...decisionSchema.shape }),
  z.strictObject({ type: z.literal('FixCollected'), ...fixSchema.shape }),
  z.strictObject({ type: z.literal('LockAcquired'), environment, fence: z.number() }),
  z.strictObject({ type: z.literal('LockAwaited'), environment, holder: z.string(), because: z.string().optional() }),
  z.strictObject({
    type: z.literal('ReadinessChecked'),
    environment,
    verdict: verdictSchema,
    checks: z.array(z.strictObject({ check: z.string(), verdict: verdictSchema, detail: z.string() })),
  }),
  z.strictObject({ type: z.literal('ReleasePlanned'), environment, steps: z.array(stepSchema), baseline: servingSchema }),
  z.strictObject({ type: z.literal('CandidateStaged'), environment, version: z.string(), digest: z.string() }),
  z.strictObject({ type: z.literal('StepApplied'), environment, stepIndex: z.number(), weightPercent: z.number() }),
  z.strictObject({ type: z.literal('HealthJudged'), environment, ...judgementSchema.shape }),
  z.strictObject({ type: z.literal('ReleaseValidated'), environment, verdict: verdictSchema, checks: z.array(checkResultSchema) }),
  z.strictObject({
    type: z.literal('ReleaseEnded'),
    environment,
    result: z.string(),
    reason: z.string(),
    symptom: z.enum(symptoms).optional(),
  }),
  z.strictObject({
    type: z.literal('LockReleased'),
    environment,
    fence: z.number(),
    by: z.string(),
    reason: z.string(),
    serves: z.string(),
  }),
  z.strictObject({
    type: z.literal('TrafficRestored'),
    environment,
    version: z.string(),
    attempt: z.number(),
    reason: z.string(),
    refusedReturn: z.string().optional(),
  }),
  z.strictObject({
    type: z.literal('RollbackVerified'),
    environment,
    verdict: verdictSchema,
    attempt: z.number(),
    checks: z.array(checkResultSchema),
  }),
  z.strictObject({ type: z.literal('LessonRecorded'), environment, lessonId: z.string() }),
  z.strictObject({
    type: z.literal('ApprovalRequested'),
    approvalId: z.string(),
    kind: z.enum(['approve', 'notify']),
    approvers: z.array(z.string()),
    digest: z.string(),
    expiresAt: z.string(),
    quorum: z.number().optional(),
  }),
  z.strictObject({
    type: z.literal('VoteCast'),
    approvalId: z.string(),
    by: z.string(),
    assurance: z.enum(assurances),
    votes: z.number(),
    quorum: z.number(),
  }),
  z.strictObject({
    type: z.literal('ApprovalSettled'),
    approvalId: z.string(),
    status: z.enum(approvalStatuses),
    by: z.string(),
    /** How the person who decided showed who they are; absent if no person decided. */
    assurance: z.enum(assurances).optional(),
    because: z.string().optional(),
  }),
  z.strictObject({
    type: z.literal('AnswerRefused'),
    approvalId: z.string(),
    action: z.string(),
    by: z.string(),
    because: z.string(),
    assurance: z.enum(assurances).optional(),
  }),
  z.strictObject({
    type: z.literal('StopRequested'),
    ...stopRequestSchema.shape,
    /** The question that was open, and the status that this write gave it. */
    approval: settledQuestion.optional(),
  }),
  z.strictObject({
    type: z.literal('StopRefused'),
    kind: stopRequestSchema.shape.kind,
    by: z.string(),
    because: z.string(),
    assurance: z.enum(assurances).optional(),
  }),
  z.strictObject({ type: z.literal('ExecutionLost'), execution: z.string(), status: z.string(), stopped: z.array(z.string()) }),
  z.strictObject({ type: z.literal('MessageDelivered'), kind: z.string(), channel: z.string(), attempt: z.number() }),
  z.strictObject({ type: z.literal('MessageFailed'), kind: z.string(), channel: z.string(), attempt: z.number(), because: z.string() }),
  z.strictObject({
    type: z.literal('OutcomeRecorded'),
    outcome: z.enum(outcomes),
    reason: z.string(),
    /** The question that was open until then, and the status that this write gave it. */
    approval: settledQuestion.optional(),
  }),
]);
export type AuditEvent = z.infer<typeof auditEventSchema>;

/**
 * The fields that each version of a row has. Fields and event types of a newer version pass and stay,
 * since the row's hash covers them.
 */
const storedRowSchema = z.looseObject({
  deploymentId: z.string(),
  sequence: z.number().int().positive(),
  at: z.iso.datetime(),
  actor: z.string().min(1),
  event: z.looseObject({ type: z.string().min(1) }),
  previousHash: z.string().regex(/^[0-9a-f]{64}$/),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
});

/** Says what is wrong with the fields that every reader of a stored row needs; undefined if it can be read. */
export function rowDefect(row: unknown): string | undefined {
  const parsed = storedRowSchema.safeParse(row);
  return parsed.success ? undefined : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
}

/** One row of the append-only table: the event, its number, and the hash that chains it to the row before. */
export interface AuditRow {
  readonly deploymentId: string;
  readonly sequence: number;
  readonly at: string;
  readonly actor: string;
  readonly event: AuditEvent;
  readonly previousHash: string;
  readonly hash: string;
}

/** The names of event fields in older rows. A stored row keeps them, since its hash covers them. */
const formerNames: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  FixCollected: { evidence: 'checks' },
  LockAwaited: { heldBy: 'holder' },
  TrafficRestored: { withheld: 'refusedReturn' },
};

/**
 * Gives readers a stored row with its fields under their present names.
 * Only the stored row itself can be checked against its hash.
 */
export const inPresentWords = (row: AuditRow): AuditRow => ({
  ...row,
  event: inPresentNames(row.event, formerNames[row.event.type] ?? {}),
});
