/** An error that the user of the CLI can correct. The CLI prints its message without a stack and exits with 2. */
export class UsageError extends Error {
  /** The CLI is bundled and `start` is not: the bundle recognizes this class by its name. */
  override readonly name = 'UsageError';
}
