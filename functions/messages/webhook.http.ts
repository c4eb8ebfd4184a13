import { ChannelRefused } from '#platform/errors';

export const REPLY_WITHIN_MS = 10_000;
export const NO_REPLY = `it did not answer within ${REPLY_WITHIN_MS / 1000} s`;

/** Posts JSON to a webhook; its URL is a secret, so nothing that is thrown names it. Throws ChannelRefused. */
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

/** Says by its status alone why a channel did not take a message, and when it wants to be asked again. */
export const channelRefusal = ({ status, headers }: Response): ChannelRefused =>
  new ChannelRefused(`HTTP ${status}`, secondsUntil(headers.get('retry-after')));

/** Reads Retry-After, which is seconds or a date (RFC 9110, section 10.2.3). */
function secondsUntil(retryAfter: string | null): number | undefined {
  if (!retryAfter) return undefined;
  const seconds = /^\d+$/.test(retryAfter) ? Number(retryAfter) : (Date.parse(retryAfter) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : undefined;
}
