import type { CheckResult } from '#deployment/release';
import { combineVerdicts, type Verdict } from '#deployment/verdict';
import type { CheckName, Checks, ProbeRequest } from '#policy/policy';

export interface HttpResponse {
  readonly status: number;
  readonly body: string;
}

/** The request that asks a version whether it is healthy (R-ROLL-4). */
export const healthRequest = (checks: Checks): ProbeRequest => ({
  name: 'health',
  method: 'GET',
  path: checks['service-health'].path,
  expectStatus: 200,
});

export const isHealthy = ({ status }: HttpResponse): boolean => status === 200;

/** Returns what is wrong with a response; undefined if it is as declared. */
export function unexpected({ name, expectStatus, expectBody }: ProbeRequest, { status, body }: HttpResponse): string | undefined {
  if (status !== expectStatus) return `${name} returned ${status} instead of ${expectStatus}`;
  return expectBody !== undefined && !body.includes(expectBody) ? `${name} returned ${status} without the declared text` : undefined;
}

/** Judges one declared check by its responses. A check without requests is Inconclusive. */
export function checkOfResponses(check: CheckName, pairs: readonly { request: ProbeRequest; response: HttpResponse }[]): CheckResult {
  const wrong = pairs.flatMap(({ request, response }) => unexpected(request, response) ?? []);
  if (wrong.length > 0) return { check, verdict: 'Failed', detail: wrong.join('; ') };
  const detail = `${pairs.length} of ${pairs.length} as declared`;
  return { check, verdict: pairs.length === 0 ? 'Inconclusive' : 'Successful', detail };
}

/** Judges the latency of a run of probes by its 95th percentile in milliseconds (nearest rank). */
export function performanceCheck(responses: readonly (HttpResponse & { durationMs: number })[], p95LimitMs: number): CheckResult {
  const failed = responses.filter((response) => !isHealthy(response)).length;
  if (responses.length === 0) return { check: 'performance', verdict: 'Inconclusive', detail: 'no probe got a response' };
  if (failed > 0) return { check: 'performance', verdict: 'Failed', detail: `${failed} of ${responses.length} probes failed` };
  const sorted = responses.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
  const p95Ms = sorted[Math.ceil(0.95 * sorted.length) - 1] as number;
  const verdict: Verdict = p95Ms <= p95LimitMs ? 'Successful' : 'Failed';
  return { check: 'performance', verdict, detail: `p95 ${Math.round(p95Ms)} ms of ${responses.length} probes against ${p95LimitMs} ms` };
}

/** Combines the verdicts of the declared checks. If no check is declared, the verdict is Inconclusive. */
export function verdictOfChecks(results: readonly CheckResult[]): Verdict {
  return combineVerdicts(results.filter(({ verdict }) => verdict !== 'NotApplicable').map(({ verdict }) => verdict as Verdict));
}
