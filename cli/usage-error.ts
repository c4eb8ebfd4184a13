/** What the person at the keyboard can mend: shown as one line without a stack, exit code 2. */
export class UsageError extends Error {}
