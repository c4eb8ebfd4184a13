import type { ServerResponse } from 'node:http';
import * as z from 'zod';

const structured = z.looseObject({
  statusCode: z.coerce.number().int().min(200).max(599),
  headers: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).nullish(),
  cookies: z.array(z.string()).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});

/** Writes a function's result: a structured response, or any other JSON as a 200 (inference of payload format 2.0). */
export function writeReply(response: ServerResponse, answer: unknown): void {
  const { statusCode, headers, cookies, body, isBase64Encoded } = isStructured(answer) ? structured.parse(answer) : inferred(answer);
  const given = Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]);
  response.writeHead(statusCode, {
    ...(body && { 'content-type': 'text/plain; charset=utf-8' }),
    ...Object.fromEntries(given),
    ...(cookies?.length && { 'set-cookie': cookies }),
  });
  response.end(Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8'));
}

const isStructured = (answer: unknown) => typeof answer === 'object' && answer !== null && 'statusCode' in answer;

function inferred(answer: unknown): z.infer<typeof structured> {
  const body = typeof answer === 'string' ? answer : JSON.stringify(answer);
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body };
}
