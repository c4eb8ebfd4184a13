import { describe, expect, it } from 'vitest';
import { executionInput, type ResultOf, results, taskOf } from '#contract';
import { returning } from '#platform/handler';

const task = { input: { deploymentId: 'd-1' }, execution: 'd-1', state: { Name: 'AcquireLock', EnteredTime: '2026-01-01T00:00:00Z' } };
const call = (answer: unknown) => {
  const handler = returning(results.CheckReadiness)(taskOf(executionInput), async () => answer as ResultOf<'CheckReadiness'>);
  return (handler as (event: unknown, context: object) => Promise<unknown>)(task, {});
};

describe('returning', () => {
  it('returns a result that the contract allows', async () => {
    expect(await call({ next: 'Proceed', reason: '' })).toEqual({ next: 'Proceed', reason: '' });
  });

  it.each([
    ['a literal that no Choice knows', { next: 'Proceeds', reason: '' }],
    ['a missing field', { next: 'Proceed' }],
    ['an extra field', { next: 'Proceed', reason: '', verdict: 'Successful' }],
  ])('refuses a result with %s', async (_, answer) => {
    await expect(call(answer)).rejects.toThrow(/next|reason|verdict/);
  });
});
