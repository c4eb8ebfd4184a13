const FIRST_PAUSE_SECONDS = 10;
const LONGEST_PAUSE_SECONDS = 900;

/** How long an undelivered message waits, in seconds: at least what the channels ask for, otherwise doubling with full jitter (`random` in 0–1) up to 15 minutes. */
export function pauseBeforeSeconds(receives: number, wishes: readonly (number | undefined)[], random: number): number {
  const backoff = Math.min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (receives - 1));
  const asked = Math.max(0, ...wishes.map((seconds) => seconds ?? 0));
  return Math.min(LONGEST_PAUSE_SECONDS, Math.max(1, asked, Math.ceil(random * backoff)));
}
