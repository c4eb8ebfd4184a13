import type { ProbeRequest } from '#policy/policy';
import type { ProbeResponse } from '#policy/probe';

const LONGEST_RESPONSE_MS = 10_000;

/** Sends a declared request over HTTP. If no response comes, the result is a 502, as from a gateway. */
export async function probeOverHttp(url: string, { method, path, body }: ProbeRequest): Promise<ProbeResponse> {
  const startedMs = performance.now();
  const headers = { 'content-type': 'application/json', 'user-agent': 'sluice-probe' };
  const answered = await fetch(new URL(path, url), { method, body, headers, signal: AbortSignal.timeout(LONGEST_RESPONSE_MS) })
    .then(async (response) => ({ status: response.status, body: await response.text() }))
    .catch((error: Error) => ({ status: 502, body: `no answer: ${error.message}` }));
  return { ...answered, durationMs: performance.now() - startedMs };
}
