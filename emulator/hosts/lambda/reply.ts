import * as z from 'zod';
import { jsonBody } from '../../endpoint/json-protocol.ts';
import { type ApiCall, ApiError, type ApiReply } from '../host.ts';

/** Makes a JSON reply with a status. */
export const reply = (status: number, answer?: unknown): ApiReply => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: answer === undefined ? '' : JSON.stringify(answer),
});

/** Reads a request by its schema. A bad request is AWS's InvalidParameterValueException. */
export function parsed<T>(schema: z.ZodType<T>, call: ApiCall): T {
  const result = schema.safeParse(jsonBody(call));
  if (result.success) return result.data;
  throw new ApiError('InvalidParameterValueException', z.prettifyError(result.error));
}
