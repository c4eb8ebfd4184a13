import { ChannelRefused } from '#platform/errors';

export const REPLY_WITHIN_MS = 10_000;
export const NO_REPLY = `it did not answer within ${REPLY_WITHIN_MS / 1000} s`;

/** Posts JSON to a webhook. Throws ChannelRefused without the URL, since the URL is a secret. */
export async function postToWebhook(url: string, body: object): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=UTF-8' },
    body: JSON.stringify(body),
    redirect: 'error',
    signal: AbortSignal.timeout(REPLY_WITHIN_MS),
  }).catch((error: Error) => {
    throw new ChannelRefused(error.name === 'TimeoutError' ? NO_REPLY : 'it could not be reached');
  });
  await response.body?.cancel();
  if (!response.ok) throw channelRefusal(response);
}

/** Turns a channel's refusal into an error with its status and its Retry-After, but not its words. */
export const channelRefusal = ({ status, headers }: Response): ChannelRefused =>
  new ChannelRefused(`HTTP ${status}`, secondsUntil(headers.get('retry-after')));

/** Reads Retry-After, which is seconds or a date (RFC 9110, section 10.2.3). */
function secondsUntil(retryAfter: string | null): number | undefined {
  if (!retryAfter) return undefined;
  const seconds = /^\d+$/.test(retryAfter) ? Number(retryAfter) : (Date.parse(retryAfter) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : undefined;
}
