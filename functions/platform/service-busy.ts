import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry';
import { ServiceBusy } from './errors.ts';

/** Reasons for which DynamoDB cancels a transaction that it takes a moment later. */
const PASSING_REASONS = ['ThrottlingError', 'ProvisionedThroughputExceeded', 'TransactionConflict'];

type SdkError = Parameters<typeof isTransientError>[0] & { readonly CancellationReasons?: readonly { readonly Code?: string }[] };

/** Names what an AWS service takes after a moment by the one name that ASL retries; the SDK has used up its own tries by then. */
export const namedForRetry = (thrown: unknown): unknown =>
  thrown instanceof Error && passes(thrown as SdkError) ? new ServiceBusy(thrown) : thrown;

/** Rethrows an error under the name that ASL knows it by. */
export function throwNamedForRetry(thrown: unknown): never {
  throw namedForRetry(thrown);
}

function passes(error: SdkError): boolean {
  const reasons = error.CancellationReasons ?? [];
  const transaction = reasons.some(({ Code = '' }) => PASSING_REASONS.includes(Code));
  return transaction || isThrottlingError(error) || isTransientError(error) || isServerError(error);
}
