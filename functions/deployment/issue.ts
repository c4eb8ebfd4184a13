import * as z from 'zod';

/**
 * The domains that an issue can come from.
 * `security-issues` lowers the score by 20 (R-SCORE-7) and always asks a person (R-GATE-6).
 */
export const issueDomains = [
  'security-issues',
  'test-failures',
  'code-quality',
  'performance-issues',
  'deployment-issues',
  'documentation',
] as const;
export const severities = ['low', 'medium', 'high', 'critical'] as const;

const readyPatch = z.strictObject({
  workflow: z.literal('ready-patch'),
  /** A unified diff as `git format-patch` or `git diff` prints it. */
  patch: z.string().min(1).max(200_000),
  author: z.string().min(1).max(200),
});

const dependencyBump = z.strictObject({
  workflow: z.literal('dependency-bump'),
  ecosystem: z.literal('npm'),
  package: z.string().min(1).max(214),
  /** The first patched version that the alert names. */
  toVersion: z.string().min(1).max(64),
});

export const fixRequest = z.discriminatedUnion('workflow', [readyPatch, dependencyBump]);

/** The one form that every producer's payload is brought to. Unknown fields are refused by name. */
export const issueSchema = z.strictObject({
  id: z.string().min(1).max(200),
  application: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/),
  title: z.string().min(1).max(500),
  domain: z.enum(issueDomains),
  /**
   * The kind of problem within its domain: `failed-check`, `vulnerable-dependency`, a linter's rule.
   * Sluice keeps history per application, domain and type.
   */
  type: z.string().min(1).max(100),
  severity: z.enum(severities),
  rootCause: z.string().max(10_000).optional(),
  prevention: z.string().max(10_000).optional(),
  solution: z.string().max(10_000).optional(),
  estimatedFiles: z.number().int().nonnegative().optional(),
  estimatedEffortHours: z.number().nonnegative().optional(),
  detectedAt: z.iso.datetime(),
  /** The rate in production that raised the issue, if one did. The outcome says whether it improved. */
  symptom: z.enum(['errors', 'slow']).optional(),
  fix: fixRequest,
});

export type Issue = z.infer<typeof issueSchema>;
export type FixRequest = z.infer<typeof fixRequest>;

/** How an issue reached Sluice. Only an authenticated sender can vouch for a patch's author. */
export const channelSchema = z.strictObject({
  kind: z.enum(['queue', 'bus', 'cli']),
  /** The EventBridge source, or the sender of the queue message. */
  sender: z.string(),
  authenticated: z.boolean(),
});

export type IssueChannel = z.infer<typeof channelSchema>;
