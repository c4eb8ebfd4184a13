import * as z from 'zod';

/** The domains an issue can come from; `security-issues` lowers the score by 20 and always asks a person (guide, Human Approval Gates). */
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

/** An issue as every producer's payload is normalised to; unknown fields are refused by name. */
export const issueSchema = z.strictObject({
  id: z.string().min(1).max(200),
  application: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/),
  title: z.string().min(1).max(500),
  domain: z.enum(issueDomains),
  /** What kind of problem it is within its domain (`failed-check`, `vulnerable-dependency`, a linter's rule): history is kept per application, domain and type. */
  type: z.string().min(1).max(100),
  severity: z.enum(severities),
  rootCause: z.string().max(10_000).optional(),
  prevention: z.string().max(10_000).optional(),
  solution: z.string().max(10_000).optional(),
  estimatedFiles: z.number().int().nonnegative().optional(),
  estimatedEffortHours: z.number().nonnegative().optional(),
  detectedAt: z.iso.datetime(),
  /** The rate in production that raised it, where one did: it is expected to improve, and the outcome says whether it has. */
  symptom: z.enum(['errors', 'slow']).optional(),
  fix: fixRequest,
});

export type Issue = z.infer<typeof issueSchema>;
export type FixRequest = z.infer<typeof fixRequest>;

/** How an issue reached us; only a channel whose sender is authenticated can vouch for a patch's author. */
export const channelSchema = z.strictObject({
  kind: z.enum(['queue', 'bus', 'cli']),
  /** The EventBridge source, or the sender of the queue message. */
  sender: z.string(),
  authenticated: z.boolean(),
});

export type IssueChannel = z.infer<typeof channelSchema>;
