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

/** An MCP server that takes the steps itself; docs/decisions/0008 says what it must answer. */
const mcpTarget = z.strictObject({
  ...mcpServer,
  /** The checks that it runs on validate_deployment. */
  checks: z.array(z.enum(checkNames)).default([...checkNames]),
  /** How long one monitor_deployment_health may watch, where the server watches ahead instead of looking back. */
  longestLookSeconds: z.number().int().min(1).max(15).default(15),
  /** What its tools want beside the guide's arguments, as a `projectPath`. */
  arguments: z.record(z.string(), z.json()).default({}),
});
export type McpTargetConfiguration = z.infer<typeof mcpTarget>;

/** An ECS service behind a load balancer; docs/decisions/0007 says what it must have. */
const ecsTarget = z.strictObject({
  kind: z.literal('ecs'),
  cluster: z.string(),
  service: z.string(),
  /** The container whose image is released. */
  container: z.string(),
  /** A listener per target group that only probes use, so that one version can be asked whatever the users' routing is. */
  probes: z.array(z.strictObject({ targetGroupArn: z.string(), url: z.url() })).min(1),
  /** How long the old tasks stay beside the new ones after the last shift, for an instant return. */
  bakeMinutes: z.number().int().min(0).max(1440).default(10),
  /** How long a pause may last before ECS rolls back by itself; by default what the policy's longest step takes, an hour at least. */
  pauseMinutes: z.number().int().min(1).max(20_160).optional(),
});

const target = z.discriminatedUnion('kind', [lambdaTarget, mcpTarget, ecsTarget]);

/** The guide's tools that tell people: one a whole room, the other one person. */
export const messageTools = ['send_google_chat_webhook', 'stage_email'] as const;
export type MessageTool = (typeof messageTools)[number];

/** An MCP server that tells people; docs/decisions/0008 says what it is asked. */
const mcpChannel = z.strictObject({
  ...mcpServer,
  /** Which of its tools are used. */
  tools: z
    .array(z.enum(messageTools))
    .min(1)
    .default([...messageTools]),
  /** What a tool wants beside the guide's arguments. */
  arguments: z.partialRecord(z.enum(messageTools), z.record(z.string(), z.json())).default({}),
});
export type McpChannel = z.infer<typeof mcpChannel>;

/** A webhook's URL is a secret, since whoever has it can post. */
const channelSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('mail') }),
  z.strictObject({ kind: z.literal('google-chat'), webhookSecret: secretName }),
  z.strictObject({ kind: z.literal('slack'), webhookSecret: secretName }),
  mcpChannel,
]);
export type Channel = z.infer<typeof channelSchema>;

/** An application as its owners configure it: data, validated here, kept in the Deployments table. */
export const applicationSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/),
  /** `owner/name`, as alerts name it. */
  repository: z.string(),
  /** Where the build job clones it from. */
  repositoryUrl: z.string(),
  /** Names the secret that holds a token, or user:token, to clone a private repository and push to it. */
  repositoryTokenSecret: secretName.startsWith('sluice/git/').optional(),
  /** Whose patches may go without approval, and over which authenticated EventBridge source. */
  authors: z.array(z.strictObject({ name: z.string(), via: z.string() })),
  approvers: z.strictObject({ production: z.array(z.string()).min(1) }),
  /** How people are told: by mail each for themselves, in rooms all at once. */
  channels: z
    .array(channelSchema)
    .min(1)
    .default([{ kind: 'mail' }]),
  checks: checksSchema,
  targets: z.strictObject({ staging: target, production: target }),
  /** Business metrics and integrations, watched while a deployment is verified; in an environment without verification, while it is monitored. */
  metrics: z.array(metricQuerySchema).default([]),
  /** How late metrics arrive; a window ends this long before now. */
  metricLagSeconds: z.number().int().nonnegative().default(10),
  policy: policySchema,
  /** Set by hand: no release may start anywhere; a rollback always may. */
  blocked: z.strictObject({ by: z.string(), reason: z.string() }).optional(),
});
export type Application = z.infer<typeof applicationSchema>;

type Problem = readonly [path: (string | number)[], message: string];

/** Finds what would leave a question without an answer: checked where a configuration is registered, never where a stored one is read. */
export function unanswerable({ approvers: { production: people }, channels, policy: { production } }: Application): Problem[] {
  const distinct = new Set(people.map((person) => person.toLowerCase())).size;
  const { quorum } = production.approval;
  const problems = people.flatMap((person, index) => aboutApprover(person, index, people));
  if (!channels.some(reachesPeople)) problems.push([['channels'], roomsOnly]);
  if (quorum > distinct)
    problems.push([
      ['policy', 'production', 'approval', 'quorum'],
      `${distinct} approvers can never be ${quorum}; name more, or lower the quorum`,
    ]);
  return problems;
}

const roomsOnly =
  'nobody would get a link to answer, since rooms only show; add {"kind": "mail"}, or an "mcp" channel whose tools have "stage_email"';
const reachesPeople = (channel: Channel) => channel.kind === 'mail' || (channel.kind === 'mcp' && channel.tools.includes('stage_email'));

function aboutApprover(person: string, index: number, people: readonly string[]): Problem[] {
  const path = ['approvers', 'production', index];
  if (!z.email().safeParse(person).success)
    return [[path, `${person} is no mail address, and links are sent by mail; name each approver by theirs`]];
  const again = people.slice(0, index).find((other) => other.toLowerCase() === person.toLowerCase());
  return again === undefined ? [] : [[path, `${person} is ${again} again, since capitals make no other person; name each once`]];
}
