import * as z from 'zod';

/** The fields of an HTTP API event that the pages read (payload format 2.0). */
export const httpRequest = z.object({
  rawPath: z.string(),
  rawQueryString: z.string(),
  headers: z.record(z.string(), z.string().optional()).optional(),
  cookies: z.array(z.string()).optional(),
  body: z.string().optional(),
  isBase64Encoded: z.boolean().optional(),
  requestContext: z.object({ timeEpoch: z.number().optional(), http: z.object({ method: z.string() }) }),
});

export type HttpRequest = z.infer<typeof httpRequest>;

/** A reply of an HTTP API (payload format 2.0). */
export interface HttpReply {
  readonly statusCode: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies?: string[];
}
