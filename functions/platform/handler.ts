import middy, { type MiddlewareObj } from '@middy/core';
import type * as z from 'zod';
import { throwNamedForRetry } from './service-busy.ts';

const logOutcome = (): MiddlewareObj => {
  const line = (fields: Record<string, unknown>) =>
    console.log(JSON.stringify({ function: process.env.AWS_LAMBDA_FUNCTION_NAME, ...fields }));
  return {
    after: ({ context }) => line({ level: 'info', requestId: context.awsRequestId, outcome: 'returned' }),
    onError: ({ context, error }) =>
      line({ level: 'error', requestId: context.awsRequestId, outcome: 'threw', error: error?.name, message: error?.message }),
  };
};

/**
 * Wraps one domain call as a Lambda handler.
 * It parses the event, does not log it, and keeps the names of errors for ASL.
 */
export function lambda<Schema extends z.ZodType, Result>(schema: Schema, run: (event: z.infer<Schema>) => Promise<Result>) {
  return middy()
    .use(logOutcome())
    .handler(async (event: unknown) => run(schema.parse(event)).catch(throwNamedForRetry));
}

/**
 * Wraps one task of a machine.
 * The contract's schema parses the task's result, so a Choice meets only values that it knows.
 */
export const returning =
  <Result extends z.ZodType>(result: Result) =>
  <Schema extends z.ZodType>(schema: Schema, run: (event: z.infer<Schema>) => Promise<z.infer<Result>>) =>
    lambda(schema, async (event) => result.parse(await run(event)));
