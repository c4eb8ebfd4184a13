import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js';
import type * as z from 'zod';
import { TargetAnswerMalformed, TargetRefused } from '#support/errors';
import type { Fetch } from '../signed-fetch.ts';
import { failureOf } from './failure.ts';

/** How requests to a server are authorised: signed as they leave, or by tokens that a provider gets. */
export interface Access {
  readonly fetch?: Fetch;
  readonly authProvider?: OAuthClientProvider;
}

export interface ToolCall<Schema extends z.ZodType> {
  readonly tool: string;
  readonly arguments: Record<string, unknown>;
  /** What the tool's own arguments have no place for (MCP 2025-06-18, `_meta`). */
  readonly meta?: Record<string, unknown>;
  readonly answer: Schema;
  readonly timeoutMs: number;
}

/** Calls tools of one MCP server over Streamable HTTP, each in a session of its own. */
export class McpTools {
  readonly #url: string;
  readonly #access: () => Promise<Access>;

  constructor(url: string, access: () => Promise<Access>) {
    this.#url = url;
    this.#access = access;
  }

  /** Throws TargetUnreachable, TargetRefused or TargetAnswerMalformed. */
  async call<Schema extends z.ZodType>({ tool, answer, timeoutMs, ...asked }: ToolCall<Schema>): Promise<z.infer<Schema>> {
    const params = { name: tool, arguments: asked.arguments, ...(asked.meta && { _meta: asked.meta }) };
    const result = await this.#inSession(
      (client) => client.callTool(params, CallToolResultSchema, { timeout: timeoutMs }),
      tool,
      timeoutMs,
    );
    const { content, structuredContent, isError } = CallToolResultSchema.parse(result);
    const text = content.flatMap((part) => (part.type === 'text' ? part.text : [])).join('\n');
    if (isError) throw new TargetRefused(`${tool}: ${text}`);
    const read = answer.safeParse(structuredContent ?? jsonOf(text));
    if (!read.success)
      throw new TargetAnswerMalformed(
        `${tool}: ${read.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; ')}`,
      );
    return read.data;
  }

  async #inSession<Result>(use: (client: Client) => Promise<Result>, tool: string, timeout: number): Promise<Result> {
    const client = new Client({ name: 'sluice', version: '1' });
    const access = await this.#access();
    const transport = new StreamableHTTPClientTransport(new URL(this.#url), access);
    try {
      await client.connect(transport, { timeout });
      return await use(client);
    } catch (thrown) {
      throw failureOf(thrown, tool);
    } finally {
      // What the call answered is decided; a session that does not end by our asking ends by its server's clock.
      await transport.terminateSession().catch(() => undefined);
      await client.close();
    }
  }
}

/** Text that is no JSON is left to the schema to refuse. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
