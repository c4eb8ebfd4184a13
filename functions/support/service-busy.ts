import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry';
import { ServiceBusy } from './errors.ts';

/** Reasons for which DynamoDB cancels a transaction that it takes a moment later. */
const PASSING_REASONS = ['ThrottlingError', 'ProvisionedThroughputExceeded', 'TransactionConflict'];

type SdkError = Parameters<typeof isTransientError>[0] & { readonly CancellationReasons?: readonly { readonly Code?: string }[] };

/** Rethrows what an AWS service takes after a moment under the one name that ASL retries; the SDK has used up its own tries by then. */
export function throwNamedForRetry(thrown: unknown): never {
  if (thrown instanceof Error && passes(thrown as SdkError)) throw new ServiceBusy(thrown);
  throw thrown;
}

function passes(error: SdkError): boolean {
  const reasons = error.CancellationReasons ?? [];
  const transaction = reasons.some(({ Code = '' }) => PASSING_REASONS.includes(Code));
  return transaction || isThrottlingError(error) || isTransientError(error) || isServerError(error);
}
