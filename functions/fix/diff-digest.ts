import { createHash } from 'node:crypto';

/** Base64 SHA-256 of a diff, by which the one that was judged is known again. */
export const digestOfDiff = (diff: string): string => createHash('sha256').update(diff).digest('base64');
