const FIRST_PAUSE_SECONDS = 10;
const LONGEST_BACKOFF_SECONDS = 900;
/** SQS hides a message for at most 12 hours. One minute of them is left for the consumer's own run. */
const LONGEST_PAUSE_SECONDS = 43_140;

/**
 * Returns how many seconds an undelivered message waits: at least as long as its channel asks.
 * The pause doubles up to 15 minutes, with full jitter (`random` in 0–1).
 */
export function pauseBeforeSeconds(attempt: number, wish: number | undefined, random: number): number {
  const backoff = Math.min(LONGEST_BACKOFF_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (attempt - 1));
  return Math.min(LONGEST_PAUSE_SECONDS, Math.max(1, wish ?? 0, Math.ceil(random * backoff)));
}
