import { createHash } from 'node:crypto';
import type { Execution } from './frame.ts';

/** Draws the execution's next number from 0 up to 1; the same execution draws the same numbers after a crash. */
export function draw(execution: Execution): number {
  return bytes(`${execution.arn}#${execution.draws++}`).readUIntBE(0, 6) / 2 ** 48;
}

/** Answers the number that belongs to a seed. */
export const seeded = (seed: number): number => bytes(`seed#${seed}`).readUIntBE(0, 6) / 2 ** 48;

/** Draws a version 4 UUID. */
export function drawUuid(execution: Execution): string {
  const drawn = bytes(`${execution.arn}#${execution.draws++}`).subarray(0, 16);
  drawn.writeUInt8(((drawn[6] ?? 0) & 0x0f) | 0x40, 6);
  drawn.writeUInt8(((drawn[8] ?? 0) & 0x3f) | 0x80, 8);
  return drawn.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

const bytes = (text: string) => createHash('sha256').update(text).digest();
