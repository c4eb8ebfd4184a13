import type { CheckResult } from '#deployment/release';
import type { CheckName, Checks, ProbeRequest } from '#policy/policy';
import type { ProbeResponse } from '#policy/probe';
import { checkOfResponses, healthRequest, performanceCheck } from './probes.ts';
import type { Target } from './target.port.ts';

type Probe = (request: ProbeRequest) => Promise<ProbeResponse>;

/** Runs the declared checks against one version; one that is not declared says so and is never a silent pass. */
export async function runChecks(target: Target, version: string, checks: Checks, names: readonly CheckName[]): Promise<CheckResult[]> {
  if (target.validate) return target.validate(version, names);
  const probe: Probe = (request) => target.probe(version, request);
  const results: CheckResult[] = [];
  for (const name of names) results.push(await runCheck(name, checks, probe));
  return results;
}

async function runCheck(name: CheckName, checks: Checks, probe: Probe): Promise<CheckResult> {
  if (!checks[name]) return { check: name, verdict: 'NotApplicable', detail: 'the application declares no such check' };
  if (name === 'performance') return runPerformance(checks, probe);
  const requests = requestsOf(name, checks);
  const responses = [];
  for (const request of requests) responses.push({ request, response: await probe(request) });
  return checkOfResponses(name, responses);
}

async function runPerformance(checks: Checks, probe: Probe): Promise<CheckResult> {
  const { path, requests, p95Ms } = checks.performance as NonNullable<Checks['performance']>;
  const responses: ProbeResponse[] = [];
  for (let i = 0; i < requests; i++) responses.push(await probe({ name: 'performance', method: 'GET', path, expectStatus: 200 }));
  return performanceCheck(responses, p95Ms);
}

function requestsOf(name: Exclude<CheckName, 'performance'>, checks: Checks): readonly ProbeRequest[] {
  if (name === 'service-health') return [healthRequest(checks)];
  if (name === 'data-integrity') return checks['data-integrity']?.invariants ?? [];
  return checks[name]?.requests ?? [];
}
