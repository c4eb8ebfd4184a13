import type { HttpRequest } from './http-request.ts';

const LONGEST_WAY_MS = 30_000;

/**
 * Returns when a request reached the API, so a click in the last second counts even if the reply is slow.
 * The result is at most 30 s before now, and never after now.
 */
export function arrivedAt({ requestContext }: HttpRequest, now: Date): string {
  const nowMs = now.getTime();
  const arrived = requestContext.timeEpoch ?? nowMs;
  return new Date(Math.min(nowMs, Math.max(nowMs - LONGEST_WAY_MS, arrived))).toISOString();
}
