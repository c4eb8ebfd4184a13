import * as z from 'zod';
import { checksSchema, policySchema } from '#domain/policy';

const lambdaTarget = z.strictObject({ kind: z.literal('lambda'), functionName: z.string(), alias: z.string() });

/** Names a secret in Secrets Manager; a webhook's URL is one, since whoever has it can post. */
const secretName = z.string().regex(/^sluice\/[a-z0-9-]+\/[A-Za-z0-9/_+=.@-]+$/, 'a secret is named sluice/<application>/<name>');
const channelSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('mail') }),
  z.strictObject({ kind: z.literal('google-chat'), webhookSecret: secretName }),
  z.strictObject({ kind: z.literal('slack'), webhookSecret: secretName }),
]);
export type Channel = z.infer<typeof channelSchema>;

/** An application as its owners configure it: data, validated here, kept in the Deployments table. */
export const applicationSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/),
  /** `owner/name`, as alerts name it. */
  repository: z.string(),
  /** Where the build job clones it from. */
  repositoryUrl: z.string(),
  /** Whose patches may go without approval, and over which authenticated EventBridge source. */
  authors: z.array(z.strictObject({ name: z.string(), via: z.string() })),
  approvers: z.strictObject({ production: z.array(z.string()).min(1) }),
  /** How people are told: by mail each for themselves, in rooms all at once. */
  channels: z
    .array(channelSchema)
    .min(1)
    .default([{ kind: 'mail' }]),
  checks: checksSchema,
  targets: z.strictObject({ staging: lambdaTarget, production: lambdaTarget }),
  /** How late metrics arrive; a window ends this long before now. */
  metricLagSeconds: z.number().int().nonnegative().default(10),
  policy: policySchema,
});
export type Application = z.infer<typeof applicationSchema>;

export interface Applications {
  /** Throws ApplicationNotFound. */
  readApplication(name: string): Promise<Application>;
  listApplications(): Promise<Application[]>;
}
