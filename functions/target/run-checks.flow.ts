import type { CheckResult } from '#deployment/release';
import type { CheckName, Checks, ProbeRequest } from '#policy/policy';
import type { ProbeResponse } from '#policy/probe';
import { checkOfResponses, healthRequest, performanceCheck } from './probes.ts';
import type { Target } from './target.port.ts';

type Probe = (request: ProbeRequest) => Promise<ProbeResponse>;

/** The end of the time for checks, and the reason given for each unfinished check. */
export interface TimeLimit {
  readonly untilMs: number;
  readonly because: string;
}

interface Asked {
  readonly version: string;
  readonly checks: Checks;
  readonly names: readonly CheckName[];
  /** Undefined for callers that send few probes: each probe ends after 10 s. */
  readonly limit?: TimeLimit;
}

/** Runs the declared checks against one version. A check that is not declared is NotApplicable (R-CHECK-2). */
export async function runChecks(target: Target, asked: Asked): Promise<CheckResult[]> {
  const { names, limit } = asked;
  const done: CheckResult[] = [];
  const stop = new AbortController();
  const running = run(target, asked, done, stop.signal);
  await (limit ? within(limit.untilMs - Date.now(), running, stop) : running);
  return names.map((check) => done.find((result) => result.check === check) ?? unfinished(check, limit));
}

async function run(target: Target, { version, checks, names }: Asked, done: CheckResult[], stop: AbortSignal): Promise<void> {
  if (target.validate) {
    done.push(...(await target.validate(version, names)));
    return;
  }
  const probe: Probe = (request) => {
    stop.throwIfAborted();
    return target.probe(version, request);
  };
  for (const name of names) done.push(await runCheck(name, checks, probe));
}

/** Ends the wait when time is up. A probe under way goes on; the next one is not sent. */
async function within(leftMs: number, running: Promise<void>, stop: AbortController): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, leftMs));
  });
  try {
    await Promise.race([running, timeUp]);
  } finally {
    clearTimeout(timer);
    stop.abort();
  }
}

/** A late check is Inconclusive (R-CORE-2). */
const unfinished = (check: CheckName, limit?: TimeLimit): CheckResult => ({
  check,
  verdict: 'Inconclusive',
  detail: limit ? `it did not end in time: ${limit.because}` : 'the target gave no result',
});

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
