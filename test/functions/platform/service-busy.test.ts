import { InternalServerError, ResourceNotFoundException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { TooManyRequestsException } from '@aws-sdk/client-lambda';
import { describe, expect, it } from 'vitest';
import { AuditContention } from '#platform/errors';
import { throwNamedForRetry } from '#platform/service-busy';

const answered = (httpStatusCode: number) => ({ message: 'said so', $metadata: { httpStatusCode } });
const canceled = (...codes: string[]) =>
  new TransactionCanceledException({ ...answered(400), CancellationReasons: codes.map((Code) => ({ Code })) });
const named = (name: string, more: object = {}) => Object.assign(new Error('said so'), { name, ...more });

describe('throwNamedForRetry', () => {
  it.each([
    ['a service that fails', new InternalServerError(answered(500))],
    ['a service that sends no response', named('Error', { code: 'ECONNRESET' })],
    ['a request that took too long', named('TimeoutError')],
    ['a throttled call', new TooManyRequestsException({ ...answered(429), Reason: 'ConcurrentInvocationLimitExceeded' })],
    ['a throttled transaction', canceled('None', 'ThrottlingError')],
  ])('gives the name that ASL retries and keeps the text for %s', (_what, error) => {
    expect(() => throwNamedForRetry(error)).toThrow(
      expect.objectContaining({ name: 'ServiceBusy', message: `${error.name}: ${error.message}` }),
    );
  });

  it.each([
    ['a resource that does not exist', new ResourceNotFoundException(answered(400))],
    ['a failed condition', canceled('ConditionalCheckFailed', 'None')],
    ['an error of ours', new AuditContention('d1')],
    ['a missing permission', named('AccessDeniedException', { $metadata: { httpStatusCode: 400 } })],
  ])('rethrows %s unchanged', (_what, error) => {
    expect(() => throwNamedForRetry(error)).toThrow(error);
  });
});
