const FIRST_PAUSE_SECONDS = 10;
const LONGEST_BACKOFF_SECONDS = 900;
/** SQS keeps a message invisible for 12 hours at most, a minute of which its consumer may have used. */
const LONGEST_PAUSE_SECONDS = 43_140;

/** How long an undelivered message waits, in seconds: at least what its channel asks for, otherwise doubling with full jitter (`random` in 0–1) up to 15 minutes. */
export function pauseBeforeSeconds(attempt: number, wish: number | undefined, random: number): number {
  const backoff = Math.min(LONGEST_BACKOFF_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (attempt - 1));
  return Math.min(LONGEST_PAUSE_SECONDS, Math.max(1, wish ?? 0, Math.ceil(random * backoff)));
}
