import { describe, expect, it } from 'vitest';
import type { ProbeRequest } from '#policy/policy';
import { checksSchema } from '#policy/policy';
import { checkOfResponses, healthRequest, isHealthy, performanceCheck, unexpected, verdictOfChecks } from '#target/probes';

const request: ProbeRequest = { name: 'cart', method: 'GET', path: '/cart', expectStatus: 201, expectBody: 'total' };
const answered = (status: number, body = 'the total is 3') => ({ request, response: { status, body } });
const took = (...durations: number[]) => durations.map((durationMs) => ({ status: 200, body: '', durationMs }));

describe('a declared check', () => {
  it('passes a check if every request gets the declared response', () => {
    expect(checkOfResponses('functional-validation', [answered(201), answered(201)])).toEqual({
      check: 'functional-validation',
      verdict: 'Successful',
      detail: '2 of 2 as declared',
    });
  });

  it('fails a check on one wrong status or one missing text, and names each', () => {
    const failed = checkOfResponses('integration-tests', [answered(201), answered(200), answered(201, 'empty')]);

    expect(failed.verdict).toBe('Failed');
    expect(failed.detail).toBe('cart returned 200 instead of 201; cart returned 201 without the declared text');
  });

  it('accepts any body if no text is declared', () => {
    expect(unexpected({ ...request, expectBody: undefined }, { status: 201, body: '' })).toBeUndefined();
  });

  it('judges a check without requests Inconclusive', () => {
    expect(checkOfResponses('data-integrity', []).verdict).toBe('Inconclusive');
  });

  it('asks for /health by default, and takes only 200 as healthy', () => {
    expect(healthRequest(checksSchema.parse({}))).toMatchObject({ path: '/health', method: 'GET', expectStatus: 200 });
    expect([200, 199, 201, 500].map((status) => isHealthy({ status, body: '' }))).toEqual([true, false, false, false]);
  });
});

describe('the performance check', () => {
  it('judges the 95th percentile by nearest rank, and passes at exactly the limit', () => {
    const twenty = Array.from({ length: 20 }, (_, index) => index + 1);

    expect(performanceCheck(took(...twenty.toReversed()), 19).verdict).toBe('Successful');
    expect(performanceCheck(took(...twenty), 18.9).verdict).toBe('Failed');
    expect(performanceCheck(took(9, 100), 99)).toMatchObject({ verdict: 'Failed', detail: 'p95 100 ms of 2 probes against 99 ms' });
  });

  it('fails the performance check if one response is wrong, even a fast one', () => {
    expect(performanceCheck([...took(1), { status: 404, body: '', durationMs: 1 }], 100)).toMatchObject({
      verdict: 'Failed',
      detail: '1 of 2 probes failed',
    });
  });

  it('judges the performance check without probes Inconclusive', () => {
    expect(performanceCheck([], 100).verdict).toBe('Inconclusive');
  });
});

describe('the checks together', () => {
  const result = (verdict: 'Successful' | 'Failed' | 'Inconclusive' | 'NotApplicable') =>
    ({ check: 'performance', verdict, detail: '' }) as const;

  it('leaves out NotApplicable checks, and is Inconclusive if none is left', () => {
    expect(verdictOfChecks([result('Successful'), result('NotApplicable')])).toBe('Successful');
    expect(verdictOfChecks([result('NotApplicable')])).toBe('Inconclusive');
  });

  it('fails on one Failed check, and is otherwise Inconclusive on one Inconclusive check', () => {
    expect(verdictOfChecks([result('Inconclusive'), result('Failed'), result('Successful')])).toBe('Failed');
    expect(verdictOfChecks([result('Inconclusive'), result('Successful')])).toBe('Inconclusive');
  });
});
