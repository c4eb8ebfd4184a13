import type { HttpRequest } from './http-request.ts';

const LONGEST_WAY_MS = 30_000;

/** Says when a request reached the API, so that a click in the last second counts however long it takes to answer; never later than now, nor long before. */
export function arrivedAt({ requestContext }: HttpRequest, now: Date): string {
  const nowMs = now.getTime();
  const arrived = requestContext.timeEpoch ?? nowMs;
  return new Date(Math.min(nowMs, Math.max(nowMs - LONGEST_WAY_MS, arrived))).toISOString();
}
