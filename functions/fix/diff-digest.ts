import { createHash } from 'node:crypto';

/** Base64 SHA-256 of a diff. It shows later whether a diff is the one that Sluice judged. */
export const digestOfDiff = (diff: string): string => createHash('sha256').update(diff).digest('base64');
