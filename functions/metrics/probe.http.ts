import type { ProbeRequest } from '#policy/policy';
import type { ProbeResponse } from '#policy/probe';

const LONGEST_RESPONSE_MS = 10_000;

/** Sends a declared request over HTTP; no answer is a 502, as a gateway makes of it. */
export async function probeOverHttp(url: string, { method, path, body }: ProbeRequest): Promise<ProbeResponse> {
  const startedMs = performance.now();
  const headers = { 'content-type': 'application/json', 'user-agent': 'sluice-probe' };
  const answered = await fetch(new URL(path, url), { method, body, headers, signal: AbortSignal.timeout(LONGEST_RESPONSE_MS) })
    .then(async (response) => ({ status: response.status, body: await response.text() }))
    .catch((error: Error) => ({ status: 502, body: `no answer: ${error.message}` }));
  return { ...answered, durationMs: performance.now() - startedMs };
}
