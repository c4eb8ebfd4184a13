import * as z from 'zod';
import { withFormerNames } from '#platform/former-names';

/** Whole seconds, since a Step Functions Wait takes no fractions. */
const seconds = z.number().int().positive();
const percent = z.number().min(0).max(100);

/** A declared request and the response that it must get. */
export const probeRequest = z.strictObject({
  name: z.string(),
  method: z.enum(['GET', 'POST', 'PUT', 'DELETE']).default('GET'),
  path: z.string().startsWith('/'),
  body: z.string().optional(),
  expectStatus: z.number().int().default(200),
  /** A text that the body must contain. */
  expectBody: z.string().optional(),
});
export type ProbeRequest = z.infer<typeof probeRequest>;

/** The five checks (R-CHECK-1) as the application declares them. An undeclared check is NotApplicable (R-CHECK-2). */
export const checksSchema = z.strictObject({
  'service-health': z.strictObject({ path: z.string().default('/health') }).prefault({}),
  'functional-validation': z.strictObject({ requests: z.array(probeRequest).min(1) }).optional(),
  performance: z
    .strictObject({ path: z.string(), requests: z.number().int().positive().default(20), p95Ms: z.number().positive() })
    .optional(),
  'data-integrity': z.strictObject({ invariants: z.array(probeRequest).min(1) }).optional(),
  'integration-tests': z.strictObject({ requests: z.array(probeRequest).min(1) }).optional(),
});
export type Checks = z.infer<typeof checksSchema>;
export const checkNames = ['service-health', 'functional-validation', 'performance', 'data-integrity', 'integration-tests'] as const;
export type CheckName = (typeof checkNames)[number];

export const limitsSchema = z.strictObject({
  errorRatePercent: percent,
  /** `below`: the limit itself already fails (staging, < 1 %). `upTo`: only more than it fails (production, > 2 %). */
  errorRateReading: z.enum(['below', 'upTo']),
  responseTimeMs: z.number().positive(),
  cpuPercent: percent,
  memoryPercent: percent,
  exceptionsInLogs: z.number().int().nonnegative().default(0),
  /** An interval with fewer requests than this says nothing about rates. */
  minimumRequests: z.number().int().positive().default(10),
  /** True: CPU or memory over the limit rolls back. By default it alerts and holds the next step. */
  resourcesRollBack: z.boolean().default(false),
});
export type Limits = z.infer<typeof limitsSchema>;

/** Where an environment's approvers sign in: an OpenID Connect issuer with tokens that name their mail address. */
export const signInSchema = z.strictObject({
  issuer: z.url(),
  audience: z.string().min(1),
  jwksUri: z.url(),
  /**
   * The issuer's page that sends an `id_token` back by form post.
   * Without it, a proxy in front puts the token into the request.
   */
  authorizeUrl: z.url().optional(),
  /**
   * For an issuer that sends no `email_verified` and does not let people choose their address.
   * A missing claim then counts as true; a false claim never does.
   */
  assumeVerifiedMail: z.boolean().optional(),
});
export type SignIn = z.infer<typeof signInSchema>;

export const approvalPolicySchema = z.strictObject({
  /** How many approvers must say yes. */
  quorum: z.number().int().positive().default(1),
  /** Off by default: an approver's own link is enough. */
  signIn: signInSchema.optional(),
});

export const strategies = ['rolling', 'canary', 'blue-green', 'a-b'] as const;
export type Strategy = (typeof strategies)[number];

const environmentPolicyFields = z.strictObject({
  strategy: z.enum(strategies),
  /** The candidate's percent of the traffic in each wave. One alias moves one wave after the other (R-ROLL-3). */
  waves: z.array(z.number().int().min(1).max(100)).min(1),
  /** The canary's shares of the traffic before it gets all of it (R-ROLL-8: 5 % first). */
  canaryWeights: z.array(z.number().int().min(1).max(99)).min(1).default([5, 25, 50]),
  /** A/B: the candidate's share, and how long the two versions are compared. */
  splitPercent: z.number().int().min(1).max(99).default(50),
  splitSeconds: seconds.default(3_600),
  /** The old version's share during the monitoring, so that the judge sees both versions at once. 0 keeps none. */
  holdbackPercent: z.number().int().min(0).max(50).default(0),
  deployTimeoutSeconds: seconds,
  validationTimeoutSeconds: seconds,
  intervalSeconds: seconds,
  /** How long each wave bakes before the next one. */
  bakeSeconds: seconds,
  monitorSeconds: seconds,
  /** 0: no verification after the monitoring, as in staging. */
  verifySeconds: z.number().int().nonnegative(),
  /** After this many Inconclusive polls in a row, the release is stuck. */
  inconclusiveLimit: z.number().int().positive(),
  /** `ask` sends a message and waits as long again before it rolls back. */
  onStuck: z.enum(['roll-back', 'hold', 'ask']).default('roll-back'),
  /** `literal` reads the limits as written (R-WATCH-10). `sequential` decides by statistics (R-WATCH-11). */
  judgeBy: z.enum(['literal', 'sequential']).default('literal'),
  /** A request under this is never slow, even if the old version was faster. A few milliseconds of noise do no harm. */
  slowAtLeastMs: z.number().nonnegative().default(100),
  /** The number of intervals before the deployment over which the old version is measured. */
  historyIntervals: z.number().int().nonnegative().max(60).default(20),
  settleSeconds: seconds,
  lockWaitSeconds: seconds,
  limits: limitsSchema,
  approval: approvalPolicySchema.prefault({}),
  /** Times in which no release may start here; a rollback always may. */
  freezeWindows: z.array(z.strictObject({ from: z.iso.datetime(), to: z.iso.datetime(), reason: z.string() })).default([]),
});
/** The names that settings had until 2026. */
export const formerPolicyNames = { evidence: 'judgeBy' } as const;
export const environmentPolicySchema = withFormerNames(environmentPolicyFields, formerPolicyNames);
export type EnvironmentPolicy = z.infer<typeof environmentPolicySchema>;

export const environmentNames = ['staging', 'production'] as const;
export type EnvironmentName = (typeof environmentNames)[number];

export const policySchema = z.strictObject({
  version: z.string().default('guide-1.0.0'),
  /** R-GATE-2 contradicts R-BAND-2 (0.70–0.89); docs/decisions/0002 says why `notify` is the default. */
  below90: z.enum(['notify', 'approve']).default('notify'),
  approvalSeconds: seconds,
  cancelWindowSeconds: seconds,
  /** The task token lives this much longer than the window, so that a click in the last second counts. */
  answerMarginSeconds: seconds,
  rollbackBackoffSeconds: z.array(seconds).length(2),
  maxFilesWithoutApproval: z.number().int().default(10),
  forbiddenPaths: z.array(z.string()).default(['.github/', '.git/', 'infra/', '.env']),
  schemaPaths: z.array(z.string()).default(['migrations/', 'schema/', '.sql', 'schema.prisma']),
  /**
   * Schema changes that cannot be undone. A release with one starts only if its approvers accepted that;
   * if it is bad, Sluice freezes it and pages a person.
   */
  irreversiblePaths: z.array(z.string()).default(['.irreversible.sql', 'migrations/irreversible/']),
  /** Paths of this application that always need a person (R-GATE-8). */
  approvalPaths: z.array(z.string()).default([]),
  staging: environmentPolicySchema,
  production: environmentPolicySchema,
});
export type Policy = z.infer<typeof policySchema>;

const shared = {
  strategy: 'rolling' as const,
  deployTimeoutSeconds: 600,
  validationTimeoutSeconds: 300,
  intervalSeconds: 30,
  monitorSeconds: 300,
  inconclusiveLimit: 10,
  onStuck: 'roll-back' as const,
  settleSeconds: 5,
  lockWaitSeconds: 86_400,
};

/** The default policy: every number of docs/reference/requirements.md. */
export const guidePolicy: Policy = policySchema.parse({
  approvalSeconds: 86_400,
  cancelWindowSeconds: 3_600,
  answerMarginSeconds: 60,
  rollbackBackoffSeconds: [30, 120],
  staging: {
    ...shared,
    waves: [100],
    bakeSeconds: 30,
    verifySeconds: 0,
    limits: { errorRatePercent: 1, errorRateReading: 'below', responseTimeMs: 1000, cpuPercent: 80, memoryPercent: 85 },
  },
  production: {
    ...shared,
    waves: [10, 50, 100],
    bakeSeconds: 60,
    verifySeconds: 1_800,
    limits: { errorRatePercent: 2, errorRateReading: 'upTo', responseTimeMs: 1000, cpuPercent: 80, memoryPercent: 85 },
  },
});

const secondsForMinutes = (environment: EnvironmentPolicy): EnvironmentPolicy => ({
  ...environment,
  intervalSeconds: 1,
  bakeSeconds: 1,
  monitorSeconds: environment.monitorSeconds / 60,
  verifySeconds: environment.verifySeconds / 60,
  settleSeconds: 1,
  // On one machine all programs share the processors, so each request waits now and then.
  slowAtLeastMs: 1_000,
  limits: { ...environment.limits, minimumRequests: 5 },
});

/**
 * The default policy with seconds instead of minutes (at least 1 s), 20 s to cancel and 45 s to approve.
 * `npm start` uses it on one machine.
 */
export const localPolicy: Policy = policySchema.parse({
  ...guidePolicy,
  version: 'local-1.0.0',
  approvalSeconds: 45,
  cancelWindowSeconds: 20,
  answerMarginSeconds: 1,
  rollbackBackoffSeconds: [1, 2],
  staging: secondsForMinutes(guidePolicy.staging),
  // 10 % of one machine's traffic is too few requests in one second to judge, so it starts with 50 %.
  production: { ...secondsForMinutes(guidePolicy.production), waves: [50, 100] },
});
