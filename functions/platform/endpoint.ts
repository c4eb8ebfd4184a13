import * as z from 'zod';

/** The name of a secret in Secrets Manager. A configuration holds the name and never the value. */
export const secretName = z.string().regex(/^sluice\/[a-z0-9-]+\/[A-Za-z0-9/_+=.@-]+$/, 'a secret is named sluice/<application>/<name>');

export const sigV4Schema = z.strictObject({
  kind: z.literal('sigv4'),
  /** The service's signing name: `aps` for Amazon Managed Prometheus, `execute-api` for API Gateway. */
  service: z.string(),
  /** The default is Sluice's own region. */
  region: z.string().optional(),
});
export type SigV4 = z.infer<typeof sigV4Schema>;

/** Client credentials (RFC 6749, section 4.4). Sluice sends them to this issuer only. */
export const oauthSchema = z.strictObject({
  kind: z.literal('oauth'),
  issuer: z.url(),
  clientId: z.string(),
  clientSecret: secretName,
  scope: z.string().optional(),
});
export type OAuth = z.infer<typeof oauthSchema>;

export const bearerSchema = z.strictObject({ kind: z.literal('bearer'), token: secretName });
export const noAuthenticationSchema = z.strictObject({ kind: z.literal('none') });

/** How Sluice authenticates to an MCP server. */
export const mcpAuthentication = z.discriminatedUnion('kind', [noAuthenticationSchema, sigV4Schema, oauthSchema]);
export type McpAuthentication = z.infer<typeof mcpAuthentication>;
