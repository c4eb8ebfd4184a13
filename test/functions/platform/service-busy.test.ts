import { InternalServerError, ResourceNotFoundException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { TooManyRequestsException } from '@aws-sdk/client-lambda';
import { describe, expect, it } from 'vitest';
import { AuditContention } from '#platform/errors';
import { throwNamedForRetry } from '#platform/service-busy';

const answered = (httpStatusCode: number) => ({ message: 'said so', $metadata: { httpStatusCode } });
const canceled = (...codes: string[]) =>
  new TransactionCanceledException({ ...answered(400), CancellationReasons: codes.map((Code) => ({ Code })) });
const named = (name: string, more: object = {}) => Object.assign(new Error('said so'), { name, ...more });

describe('an error that passes by itself', () => {
  it.each([
    ['a service that fails', new InternalServerError(answered(500))],
    ['a service without an answer', named('Error', { code: 'ECONNRESET' })],
    ['a request that took too long', named('TimeoutError')],
    ['a throttled call', new TooManyRequestsException({ ...answered(429), Reason: 'ConcurrentInvocationLimitExceeded' })],
    ['a throttled transaction', canceled('None', 'ThrottlingError')],
  ])('has the one name that ASL retries, and says what it was: %s', (_what, error) => {
    expect(() => throwNamedForRetry(error)).toThrow(
      expect.objectContaining({ name: 'ServiceBusy', message: `${error.name}: ${error.message}` }),
    );
  });

  it.each([
    ['what is not there', new ResourceNotFoundException(answered(400))],
    ['a condition that does not hold', canceled('ConditionalCheckFailed', 'None')],
    ['an error of ours', new AuditContention('d1')],
    ['a missing right', named('AccessDeniedException', { $metadata: { httpStatusCode: 400 } })],
  ])('is no other: %s', (_what, error) => {
    expect(() => throwNamedForRetry(error)).toThrow(error);
  });
});
