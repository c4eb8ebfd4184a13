import * as z from 'zod';
import { approvalStatuses, outcomes, requirements } from '#deployment/deployment';
import { nextMoves } from '#deployment/release';
import { defectInWords } from '#platform/defect';
import { environmentNames } from '#policy/policy';

/** The input of every execution: an id and little else, since bodies are in tables and S3. */
export const executionInput = z.looseObject({ deploymentId: z.string() });
export const releaseInput = executionInput.extend({ environment: z.enum(environmentNames) });
/** The error that a Catch has assigned, in words. */
export const defect = z.string().transform(defectInWords);
export const rollbackInput = releaseInput.extend({ reason: defect, orphaned: z.literal(true).optional() });
export const approvalInput = executionInput.extend({ kind: z.enum(['notify', 'approve']), waitSeconds: z.number().int().positive() });

/**
 * The input of every Lambda task: its machine's input, its execution and its state.
 * They make a repeated delivery recognizable.
 */
export const taskOf = <Input extends z.ZodType>(input: Input) =>
  z.looseObject({
    input,
    execution: z.string(),
    state: z.looseObject({ Name: z.string(), EnteredTime: z.string(), RetryCount: z.number().int().default(0) }),
  });

/** Like `taskOf`, for the two states that wait for a token. */
export const tokenTaskOf = <Input extends z.ZodType>(input: Input) => taskOf(input).extend({ taskToken: z.string().min(1) });

const proceed = z.strictObject({ next: z.enum(['Proceed', 'Stop']), reason: z.string() });

/** The result of each task: facts that a Choice compares with literals. */
export const results = {
  DecideIssue: z.strictObject({ requirement: z.enum(requirements), briefKey: z.string() }),
  CollectFix: z.strictObject({
    next: z.enum(['Release', 'Stop']),
    requirement: z.enum(requirements),
    /** How long the approval's token may wait: the window and its margin. */
    answerSeconds: z.number().int().positive(),
    /** How long a release to each environment waits for its lock. */
    lockWaitSeconds: z.strictObject({ staging: z.number().int().positive(), production: z.number().int().positive() }),
  }),
  AcquireLock: proceed,
  CheckReadiness: proceed,
  PlanRelease: z.strictObject({
    steps: z.number().int(),
    intervalSeconds: z.number().int().positive(),
    /** How long the validation may take: its checks and a margin. */
    validationSeconds: z.number().int().positive(),
  }),
  StageCandidate: z.strictObject({ next: z.enum(['Proceed', 'Wait', 'Stop']), version: z.string().optional() }),
  ApplyStep: z.strictObject({ next: z.enum(['Proceed', 'Wait', 'Stop', 'RollBack']), weightPercent: z.number() }),
  JudgeHealth: z.strictObject({ next: z.enum(nextMoves), verdict: z.string(), phase: z.string() }),
  ValidateRelease: z.strictObject({ next: z.enum(['Watch', 'ApplyStep', 'RollBack']), verdict: z.string() }),
  FinishRelease: z.strictObject({ result: z.enum(['Succeeded', 'NotStarted', 'Stopped']), reason: z.string() }),
  RollBack: z.strictObject({ next: z.enum(['Proceed', 'Wait', 'Stop']), settleSeconds: z.number().int().positive() }),
  VerifyRollback: z.strictObject({ next: z.enum(['Finish', 'Retry']), backoffSeconds: z.number().int().nonnegative() }),
  FinishRollback: z.strictObject({ result: z.enum(['RolledBack', 'RollbackFailed', 'Succeeded', 'NotStarted']), reason: z.string() }),
  /** The callback only wakes the machine; the record has the answer. */
  RequestApproval: z.looseObject({ approvalId: z.string().optional() }),
  SettleApproval: z.strictObject({ status: z.enum(approvalStatuses), waitSeconds: z.number().int().positive() }),
  RecordOutcome: z.strictObject({ outcome: z.enum(outcomes), reason: z.string() }),
} as const;

export type ResultOf<Name extends keyof typeof results> = z.infer<(typeof results)[Name]>;

/** The complete list of Sluice's own error names that ASL retries. */
export const retryableErrors = ['AuditContention', 'ServiceBusy', 'TargetBusy', 'TargetUnreachable'] as const;
