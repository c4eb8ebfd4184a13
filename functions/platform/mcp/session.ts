import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js';
import { ClientCredentialsProvider } from '@modelcontextprotocol/sdk/client/auth-extensions.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { type CallToolRequest, type CallToolResult, CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js';
import type { Fetch } from '#platform/signed-fetch';
import { failureOf } from './failure.ts';

/** How requests to a server are authorized: by a signature on each, or by tokens that a provider gets. */
export interface Access {
  readonly fetch?: Fetch;
  readonly authProvider?: OAuthClientProvider;
}

/** Calls one tool in its own session. Throws TargetUnreachable, TargetRefused or TargetReplyMalformed. */
export async function callInSession(
  url: string,
  access: Access,
  call: CallToolRequest['params'],
  timeout: number,
): Promise<CallToolResult> {
  const client = new Client({ name: 'sluice', version: '1' });
  const transport = new StreamableHTTPClientTransport(new URL(url), access);
  try {
    await client.connect(transport, { timeout });
    return CallToolResultSchema.parse(await client.callTool(call, CallToolResultSchema, { timeout }));
  } catch (thrown) {
    throw failureOf(thrown, call.name);
  } finally {
    // The result of the call stands. If this request fails, the server ends the session after its own time-out.
    await transport.terminateSession().catch(() => undefined);
    await client.close();
  }
}

/** Gets and keeps tokens for client credentials, only from the expected issuer. */
export const clientCredentials = (options: {
  clientId: string;
  clientSecret: string;
  expectedIssuer: string;
  scope?: string | undefined;
}): ClientCredentialsProvider => new ClientCredentialsProvider({ ...options, clientName: 'Sluice' });
