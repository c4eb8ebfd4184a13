import * as z from 'zod';
import { mcpAuthentication, secretName } from '#platform/endpoint';
import { metricQuerySchema } from './metric-query.ts';
import { checkNames, checksSchema, policySchema } from './policy.ts';

export const lambdaTarget = z.strictObject({ kind: z.literal('lambda'), functionName: z.string(), alias: z.string() });

const mcpServer = {
  kind: z.literal('mcp'),
  /** Its Streamable HTTP endpoint. */
  url: z.url(),
  authentication: mcpAuthentication.prefault({ kind: 'none' }),
};

/** An MCP server that takes the steps itself; docs/reference/mcp-servers.md says what it must return. */
const mcpTarget = z.strictObject({
  ...mcpServer,
  /** The checks that it runs in `validate_deployment`. */
  checks: z.array(z.enum(checkNames)).default([...checkNames]),
  /** The longest watch of one `monitor_deployment_health`, if the server watches ahead instead of looking back. */
  longestLookSeconds: z.number().int().min(1).max(15).default(15),
  /** Arguments that its tools need besides those in docs/reference/mcp-servers.md, for example `projectPath`. */
  arguments: z.record(z.string(), z.json()).default({}),
});
export type McpTargetConfiguration = z.infer<typeof mcpTarget>;

/** An ECS service behind a load balancer; docs/reference/ecs.md says what it must have. */
const ecsTarget = z.strictObject({
  kind: z.literal('ecs'),
  cluster: z.string(),
  service: z.string(),
  /** The container that a release gives a new image. */
  container: z.string(),
  /** One listener per target group for probes only, so that Sluice can ask one version under any routing. */
  probes: z.array(z.strictObject({ targetGroupArn: z.string(), url: z.url() })).min(1),
  /** How long the old tasks stay beside the new ones after the last shift, for an instant return. */
  bakeMinutes: z.number().int().min(0).max(1440).default(10),
  /**
   * How long a pause may last before ECS rolls back automatically.
   * By default the time of the policy's longest step, at least an hour.
   */
  pauseMinutes: z.number().int().min(1).max(20_160).optional(),
});

const target = z.discriminatedUnion('kind', [lambdaTarget, mcpTarget, ecsTarget]);

/** The message tools (R-TELL-4): one for a whole room, one for one person. */
export const messageTools = ['send_google_chat_webhook', 'stage_email'] as const;
export type MessageTool = (typeof messageTools)[number];

/** An MCP server that sends messages; docs/reference/mcp-servers.md names its tools. */
const mcpChannel = z.strictObject({
  ...mcpServer,
  /** The tools that Sluice calls. */
  tools: z
    .array(z.enum(messageTools))
    .min(1)
    .default([...messageTools]),
  /** Arguments that a tool needs besides those in docs/reference/mcp-servers.md. */
  arguments: z.partialRecord(z.enum(messageTools), z.record(z.string(), z.json())).default({}),
});
export type McpChannel = z.infer<typeof mcpChannel>;

/** A webhook's URL is a secret, since any holder of it can post. */
const channelSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('mail') }),
  z.strictObject({ kind: z.literal('google-chat'), webhookSecret: secretName }),
  z.strictObject({ kind: z.literal('slack'), webhookSecret: secretName }),
  mcpChannel,
]);
export type Channel = z.infer<typeof channelSchema>;

/** An application as its owners configure it. The Deployments table keeps it. */
export const applicationSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/),
  /** `owner/name`, as alerts name it. */
  repository: z.string(),
  /** Where the build job clones it from. */
  repositoryUrl: z.string(),
  /** Names the secret that holds a token, or user:token, to clone a private repository and push to it. */
  repositoryTokenSecret: secretName.startsWith('sluice/git/').optional(),
  /** Authors of patches that may go without approval, each with an authenticated EventBridge source. */
  authors: z.array(z.strictObject({ name: z.string(), via: z.string() })),
  approvers: z.strictObject({ production: z.array(z.string()).min(1) }),
  /** How Sluice reaches people: by mail one by one, in rooms all at once. */
  channels: z
    .array(channelSchema)
    .min(1)
    .default([{ kind: 'mail' }]),
  checks: checksSchema,
  targets: z.strictObject({ staging: target, production: target }),
  /**
   * Business metrics and integrations, read while a deployment is verified.
   * If an environment has no verification, they are read while it is monitored.
   */
  metrics: z.array(metricQuerySchema).default([]),
  /** How late metrics arrive. A window ends this many seconds before now. */
  metricLagSeconds: z.number().int().nonnegative().default(10),
  policy: policySchema,
  /** Set by an operator. No release may start in any environment; a rollback always may. */
  blocked: z.strictObject({ by: z.string(), reason: z.string() }).optional(),
});
export type Application = z.infer<typeof applicationSchema>;

type Problem = readonly [path: (string | number)[], message: string];

/**
 * Finds settings that would leave a question without an answer.
 * Registration checks this; reading a stored configuration does not.
 */
export function unanswerable({ approvers: { production: people }, channels, policy: { production } }: Application): Problem[] {
  const distinct = new Set(people.map((person) => person.toLowerCase())).size;
  const { quorum } = production.approval;
  const problems = people.flatMap((person, index) => aboutApprover(person, index, people));
  if (!channels.some(reachesPeople)) problems.push([['channels'], roomsOnly]);
  if (quorum > distinct)
    problems.push([
      ['policy', 'production', 'approval', 'quorum'],
      `the quorum is ${quorum}, but only ${distinct} different approver(s) are listed; list more, or lower the quorum`,
    ]);
  return problems;
}

const roomsOnly =
  'no approver would get a link to answer, since rooms only show; add {"kind": "mail"}, or an "mcp" channel with the tool "stage_email"';
const reachesPeople = (channel: Channel) => channel.kind === 'mail' || (channel.kind === 'mcp' && channel.tools.includes('stage_email'));

function aboutApprover(person: string, index: number, people: readonly string[]): Problem[] {
  const path = ['approvers', 'production', index];
  if (!z.email().safeParse(person).success)
    return [[path, `${person} is not a mail address, and Sluice sends links by mail; list each approver by mail address`]];
  const again = people.slice(0, index).find((other) => other.toLowerCase() === person.toLowerCase());
  return again === undefined ? [] : [[path, `${person} is the same approver as ${again} (case is ignored); list each approver once`]];
}
