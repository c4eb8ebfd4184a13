import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry';
import { ServiceBusy } from './errors.ts';

/** If DynamoDB cancels a transaction for one of these reasons, a try a moment later can succeed. */
const PASSING_REASONS = ['ThrottlingError', 'ProvisionedThroughputExceeded', 'TransactionConflict'];

type SdkError = Parameters<typeof isTransientError>[0] & { readonly CancellationReasons?: readonly { readonly Code?: string }[] };

/**
 * Gives AWS errors that pass after a moment the one name that ASL retries.
 * The SDK has used up its own tries by then.
 */
export const namedForRetry = (thrown: unknown): unknown =>
  thrown instanceof Error && passes(thrown as SdkError) ? new ServiceBusy(thrown) : thrown;

/** Rethrows an error, under the name that ASL retries if the error can pass. */
export function throwNamedForRetry(thrown: unknown): never {
  throw namedForRetry(thrown);
}

function passes(error: SdkError): boolean {
  const reasons = error.CancellationReasons ?? [];
  const transaction = reasons.some(({ Code = '' }) => PASSING_REASONS.includes(Code));
  return transaction || isThrottlingError(error) || isTransientError(error) || isServerError(error);
}
