import type { CheckResult } from '#deployment/release';
import type { CheckName, Checks, ProbeRequest } from '#policy/policy';
import type { ProbeResponse } from '#policy/probe';
import { checkOfResponses, healthRequest, performanceCheck } from './probes.ts';
import type { Target } from './target.port.ts';

type Probe = (request: ProbeRequest) => Promise<ProbeResponse>;

/** When the checks must be done, and the words for those that are not. */
export interface TimeLimit {
  readonly untilMs: number;
  readonly because: string;
}

interface Asked {
  readonly version: string;
  readonly checks: Checks;
  readonly names: readonly CheckName[];
  /** Left out where few probes are sent: each ends after 10 s. */
  readonly limit?: TimeLimit;
}

/** Runs the declared checks against one version; one that is not declared says so and is never a silent pass. */
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

/** Ends the wait when time is up; a probe on its way is left alone, and no other is sent. */
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

/** Late evidence is no evidence (DESIGN section 1). */
const unfinished = (check: CheckName, limit?: TimeLimit): CheckResult => ({
  check,
  verdict: 'Inconclusive',
  detail: limit ? `it was not done in time: ${limit.because}` : 'the target gave no result',
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
