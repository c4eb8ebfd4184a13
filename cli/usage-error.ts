/** What the person at the keyboard can mend: shown as one line without a stack, exit code 2. */
export class UsageError extends Error {
  /** The CLI is bundled and `start` is not, so it knows this class by name. */
  override readonly name = 'UsageError';
}
