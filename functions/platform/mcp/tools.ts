import type * as z from 'zod';
import { TargetRefused, TargetReplyMalformed } from '#platform/errors';
import { type Access, callInSession } from './session.ts';

export interface ToolCall<Schema extends z.ZodType> {
  readonly tool: string;
  readonly arguments: Record<string, unknown>;
  /** Facts that do not fit into the tool's own arguments (MCP 2025-06-18, `_meta`). */
  readonly meta?: Record<string, unknown>;
  readonly reply: Schema;
  readonly timeoutMs: number;
}

/** Calls tools of one MCP server over Streamable HTTP, each in its own session. */
export class McpTools {
  readonly #url: string;
  readonly #access: () => Promise<Access>;

  constructor(url: string, access: () => Promise<Access>) {
    this.#url = url;
    this.#access = access;
  }

  /** Throws TargetUnreachable, TargetRefused or TargetReplyMalformed. */
  async call<Schema extends z.ZodType>({ tool, reply, timeoutMs, ...asked }: ToolCall<Schema>): Promise<z.infer<Schema>> {
    const params = { name: tool, arguments: asked.arguments, ...(asked.meta && { _meta: asked.meta }) };
    const { content, structuredContent, isError } = await callInSession(this.#url, await this.#access(), params, timeoutMs);
    const text = content.flatMap((part) => (part.type === 'text' ? part.text : [])).join('\n');
    if (isError) throw new TargetRefused(`${tool}: ${text}`);
    const read = reply.safeParse(structuredContent ?? jsonOf(text));
    if (!read.success)
      throw new TargetReplyMalformed(`${tool}: ${read.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; ')}`);
    return read.data;
  }
}

/** Returns text that is not JSON unchanged, so that the schema refuses it. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
