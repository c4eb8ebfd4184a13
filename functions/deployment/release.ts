import * as z from 'zod';
import { withFormerNames } from '#platform/former-names';
import { checkNames, environmentNames } from '#policy/policy';
import { verdictSchema } from './verdict.ts';

/** One step of a release: how much traffic the candidate gets and how long it bakes before the next step. */
export const stepSchema = z.strictObject({
  weightPercent: z.number().int().min(0).max(100),
  bakeSeconds: z.number().int().positive(),
  /** The step at which the candidate is validated and monitored. */
  monitored: z.literal(true).optional(),
  /** At the end of this step the two versions are compared, and the winner stays. */
  compares: z.literal(true).optional(),
});
export type Step = z.infer<typeof stepSchema>;

/**
 * The phases of the watch: baking a step, monitoring all traffic, verifying afterwards.
 * The release moves on after each phase.
 */
export const watchPhases = ['bake', 'monitor', 'verify'] as const;
export type WatchPhase = (typeof watchPhases)[number];

/** The sample of one version in one interval. undefined: the target cannot measure it; null: no data arrived. */
export const sampleSchema = z.strictObject({
  fromMs: z.number().int(),
  toMs: z.number().int(),
  requests: z.number().int().nonnegative().nullable(),
  /** A fraction if the target reports only the share of few requests. */
  errors: z.number().nonnegative().nullable(),
  /** Requests slower than the old version's p95. */
  slow: z.number().int().nonnegative().nullable().optional(),
  p95Ms: z.number().nonnegative().nullable().optional(),
  cpuPercent: z.number().nonnegative().nullable().optional(),
  memoryPercent: z.number().nonnegative().nullable().optional(),
  exceptionsInLogs: z.number().int().nonnegative().nullable().optional(),
  /** The health path, called on the candidate by version. */
  healthy: z.boolean().nullable(),
});
export type Sample = z.infer<typeof sampleSchema>;

export const metricNames = ['error-rate', 'response-time', 'cpu', 'memory', 'exceptions-in-logs', 'health'] as const;

/** One limit read against one sample. `margin` is limit minus value in the limit's unit: negative is over the limit. */
export const readingSchema = z.strictObject({
  /** One of Sluice's metrics, or `query:` and the name that its owners gave it. */
  metric: z.union([z.enum(metricNames), z.templateLiteral(['query:', z.string()])]),
  verdict: z.union([verdictSchema, z.literal('NotApplicable')]),
  value: z.number().nullable(),
  limit: z.number().nullable(),
  margin: z.number().nullable(),
  requests: z.number().nullable(),
  /** A Failed reading rolls back, or only alerts and holds the next step (CPU, memory by default). */
  onFailed: z.enum(['roll-back', 'hold']),
  detail: z.string(),
});
export type Reading = z.infer<typeof readingSchema>;

export const checkResultSchema = z.strictObject({
  check: z.enum(checkNames),
  verdict: z.union([verdictSchema, z.literal('NotApplicable')]),
  detail: z.string(),
});
export type CheckResult = z.infer<typeof checkResultSchema>;

/** The moves of the state machine after a poll. */
export const nextMoves = ['Watch', 'ApplyStep', 'Validate', 'Finish', 'RollBack'] as const;
export type NextMove = (typeof nextMoves)[number];

const count = z.number().int().nonnegative();
const gauge = z.number().nonnegative().nullable().optional();
/** The counts of one version in one interval. `slow` counts requests slower than the old version's p95. */
const countsSchema = z.strictObject({
  n: count,
  errors: z.number().nonnegative(),
  slow: count.nullable().optional(),
  cpu: gauge,
  memory: gauge,
});
/** One poll, `t` seconds after the release began. null: no data arrived. */
const intervalSchema = z.strictObject({ t: z.number(), candidate: countsSchema.nullable(), baseline: countsSchema.nullable().optional() });

const readingOfAll = z.strictObject({ verdict: verdictSchema, reasons: z.array(z.string()) });

export const judgementSchema = z.strictObject({
  phase: z.enum(watchPhases),
  verdict: verdictSchema,
  next: z.enum(nextMoves),
  reason: z.string(),
  readings: z.array(readingSchema),
  /** The verdict by the limits as written, and the one by the evidence. Both are kept; policy says which decides. */
  literal: readingOfAll.optional(),
  sequential: readingOfAll.optional(),
  /** The resources that alone keep the release from going on. */
  heldBy: z.array(z.string()).optional(),
  /** The counts of this poll; absent while the candidate serves no users. */
  interval: intervalSchema.optional(),
});
export type Judgement = z.infer<typeof judgementSchema>;

/** The version that serves the users, as the target reports it. */
export const servingSchema = z.strictObject({
  version: z.string(),
  codeSha256: z.string(),
  /** The second version and its share while a step is under way. */
  candidate: z.strictObject({ version: z.string(), weightPercent: z.number() }).optional(),
  /** Changes with every change of the routing, so that Sluice notices an alias moved by hand. */
  revision: z.string(),
});
export type Serving = z.infer<typeof servingSchema>;

export const rollbackSchema = z.strictObject({
  reason: z.string(),
  attempts: z.number().int().nonnegative(),
  /** The number of failed verifications, counted apart from the attempts. */
  failures: z.number().int().nonnegative().optional(),
  /** When the next attempt begins, after the back-off. */
  againAt: z.string().optional(),
  verdict: verdictSchema.optional(),
  checks: z.array(checkResultSchema).default([]),
  /** The check that says why the traffic was not returned. */
  refusedReturn: checkResultSchema.optional(),
  /** The state that the last verification found, for the person who takes over if it failed. */
  servingState: z.string().optional(),
});

export const symptoms = ['fixed', 'not fixed', 'harmless'] as const;

/** One environment's release, as the projection keeps it. */
export const releaseSchema = z.strictObject({
  environment: z.enum(environmentNames),
  attempt: z.number().int().positive(),
  fence: z.number().int().nonnegative(),
  startedAt: z.string(),
  /** When the candidate was ready in the environment. `deployTimeoutSeconds` counts from here. */
  stagedAt: z.string().optional(),
  plan: z.array(stepSchema),
  /** Index of the step that is applied; -1 before the first. */
  stepIndex: z.number().int(),
  phase: z.enum(watchPhases),
  phaseStartedAt: z.string(),
  inconclusiveInARow: z.number().int().nonnegative(),
  /** The number of polls so far. */
  polls: z.number().int().nonnegative().optional(),
  /** The polls in a row in which only resources held the release, and the seconds of all such polls. */
  heldInARow: z.number().int().nonnegative().optional(),
  heldSeconds: z.number().nonnegative().optional(),
  baseline: servingSchema.optional(),
  /** The counts of the old version before the first step, and its p95 in milliseconds. */
  history: z.strictObject({ intervals: z.array(countsSchema) }).optional(),
  historyP95Ms: z.number().nonnegative().optional(),
  /** The most exceptions in one of these intervals. */
  historyExceptions: z.number().int().nonnegative().optional(),
  /** The end of the last poll's window, where the next window begins. */
  judgedToMs: z.number().optional(),
  /** Every poll since the first step, oldest first. */
  intervals: z.array(intervalSchema).default([]),
  candidateVersion: z.string().optional(),
  /** The target's routing as Sluice left it. */
  revision: z.string().optional(),
  judgement: judgementSchema.optional(),
  checks: z.array(checkResultSchema).optional(),
  monitoredSeconds: z.number().nonnegative().default(0),
  rollback: withFormerNames(rollbackSchema, { withheld: 'refusedReturn', standing: 'servingState' }).optional(),
  /** The state of the metric that raised the issue, at the end of the release. */
  symptom: z.enum(symptoms).optional(),
  result: z.enum(['Succeeded', 'NotStarted', 'RolledBack', 'RollbackFailed']).optional(),
  resultReason: z.string().optional(),
  finishedAt: z.string().optional(),
});
export type Release = z.infer<typeof releaseSchema>;
