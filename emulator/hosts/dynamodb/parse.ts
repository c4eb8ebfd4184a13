import * as z from 'zod';
import { ApiError } from '../host.ts';

/** Parses a request of an operation that dynalite lacks. A bad request is a ValidationException. */
export function parse<T>(schema: z.ZodType<T>, request: unknown): T {
  const parsed = schema.safeParse(request);
  if (!parsed.success) throw new ApiError('ValidationException', z.prettifyError(parsed.error));
  return parsed.data;
}
