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
  /** At whose end the two versions are compared and the winner is kept. */
  compares: z.literal(true).optional(),
});
export type Step = z.infer<typeof stepSchema>;

/** The watch after each of which the release moves on: baking a step, monitoring all traffic, verifying after the deployment. */
export const watchPhases = ['bake', 'monitor', 'verify'] as const;
export type WatchPhase = (typeof watchPhases)[number];

/** What one executed version did in one interval; undefined = the target cannot measure it, null = no data arrived. */
export const sampleSchema = z.strictObject({
  fromMs: z.number().int(),
  toMs: z.number().int(),
  requests: z.number().int().nonnegative().nullable(),
  /** A fraction where a target tells only the share of few requests. */
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

/** One limit read against one sample: `margin` is limit minus value in the limit's unit, so negative is over it. */
export const readingSchema = z.strictObject({
  /** One of ours, or `query:` and the name that its owners gave it. */
  metric: z.union([z.enum(metricNames), z.templateLiteral(['query:', z.string()])]),
  verdict: z.union([verdictSchema, z.literal('NotApplicable')]),
  value: z.number().nullable(),
  limit: z.number().nullable(),
  margin: z.number().nullable(),
  requests: z.number().nullable(),
  /** Whether a Failed reading rolls back, or only alerts and holds the next step (CPU, memory by default). */
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

/** What the machine does after a poll. */
export const nextMoves = ['Watch', 'ApplyStep', 'Validate', 'Finish', 'RollBack'] as const;
export type NextMove = (typeof nextMoves)[number];

const count = z.number().int().nonnegative();
const gauge = z.number().nonnegative().nullable().optional();
/** What one version did in one interval, as the judge reads it; `slow` are requests slower than the old version's p95. */
const countsSchema = z.strictObject({
  n: count,
  errors: z.number().nonnegative(),
  slow: count.nullable().optional(),
  cpu: gauge,
  memory: gauge,
});
/** One poll, `t` seconds after the release began; null = no data arrived. */
const intervalSchema = z.strictObject({ t: z.number(), candidate: countsSchema.nullable(), baseline: countsSchema.nullable().optional() });

const readingOfAll = z.strictObject({ verdict: verdictSchema, reasons: z.array(z.string()) });

export const judgementSchema = z.strictObject({
  phase: z.enum(watchPhases),
  verdict: verdictSchema,
  next: z.enum(nextMoves),
  reason: z.string(),
  readings: z.array(readingSchema),
  /** What the limits as written say, and what the evidence says, side by side whichever of them decides. */
  literal: readingOfAll.optional(),
  sequential: readingOfAll.optional(),
  /** The resources that alone keep the release from going on. */
  heldBy: z.array(z.string()).optional(),
  /** What was counted in this poll; none while no user meets the candidate. */
  interval: intervalSchema.optional(),
});
export type Judgement = z.infer<typeof judgementSchema>;

/** What a target says of the version in front of its users. */
export const servingSchema = z.strictObject({
  version: z.string(),
  codeSha256: z.string(),
  /** Second version and its share while a step is under way. */
  candidate: z.strictObject({ version: z.string(), weightPercent: z.number() }).optional(),
  /** Changes with every change of the routing, so that a hand-moved alias is noticed. */
  revision: z.string(),
});
export type Serving = z.infer<typeof servingSchema>;

export const rollbackSchema = z.strictObject({
  reason: z.string(),
  attempts: z.number().int().nonnegative(),
  /** How many verifications have failed, whatever became of the attempts. */
  failures: z.number().int().nonnegative().optional(),
  /** When the next attempt begins, after the back-off. */
  againAt: z.string().optional(),
  verdict: verdictSchema.optional(),
  checks: z.array(checkResultSchema).default([]),
  /** Why the traffic was not returned. */
  refusedReturn: checkResultSchema.optional(),
  /** What the last verification found to be true, for whoever takes over when it failed. */
  servingState: z.string().optional(),
});

export const symptoms = ['fixed', 'not fixed', 'harmless'] as const;

/** One environment's release, as the projection keeps it. */
export const releaseSchema = z.strictObject({
  environment: z.enum(environmentNames),
  attempt: z.number().int().positive(),
  fence: z.number().int().nonnegative(),
  startedAt: z.string(),
  /** When the candidate stood ready in the environment: the roll-out's time counts from here. */
  stagedAt: z.string().optional(),
  plan: z.array(stepSchema),
  /** Index of the step that is applied; -1 before the first. */
  stepIndex: z.number().int(),
  phase: z.enum(watchPhases),
  phaseStartedAt: z.string(),
  inconclusiveInARow: z.number().int().nonnegative(),
  /** How often the release was looked at. */
  polls: z.number().int().nonnegative().optional(),
  /** Polls in a row in which only resources held it, and how long they did in all. */
  heldInARow: z.number().int().nonnegative().optional(),
  heldSeconds: z.number().nonnegative().optional(),
  baseline: servingSchema.optional(),
  /** What the old version did before the first step, and its p95 in milliseconds. */
  history: z.strictObject({ intervals: z.array(countsSchema) }).optional(),
  historyP95Ms: z.number().nonnegative().optional(),
  /** The most exceptions that one of its intervals had. */
  historyExceptions: z.number().int().nonnegative().optional(),
  /** Where the window of the last poll ended, so that the next one's adjoins it. */
  judgedToMs: z.number().optional(),
  /** Every poll since the first step, oldest first. */
  intervals: z.array(intervalSchema).default([]),
  candidateVersion: z.string().optional(),
  /** The target's routing as we left it. */
  revision: z.string().optional(),
  judgement: judgementSchema.optional(),
  checks: z.array(checkResultSchema).optional(),
  monitoredSeconds: z.number().nonnegative().default(0),
  rollback: withFormerNames(rollbackSchema, { withheld: 'refusedReturn', standing: 'servingState' }).optional(),
  /** What became of the metric that raised the issue. */
  symptom: z.enum(symptoms).optional(),
  result: z.enum(['Succeeded', 'NotStarted', 'RolledBack', 'RollbackFailed']).optional(),
  resultReason: z.string().optional(),
  finishedAt: z.string().optional(),
});
export type Release = z.infer<typeof releaseSchema>;
