import { createHash } from 'node:crypto';
import type { Execution } from './frame.ts';

/** Draws the execution's next number from 0 up to 1; the same execution draws the same numbers after a crash. */
export function draw(execution: Execution): number {
  return bytes(`${execution.arn}#${execution.draws++}`).readUIntBE(0, 6) / 2 ** 48;
}

/** Returns the first number of java.util.Random with a seed, as $random(seed) does on AWS. */
export function seeded(seed: number): number {
  const step = (state: bigint) => BigInt.asUintN(48, state * 0x5deece66dn + 0xbn);
  const first = step(BigInt.asUintN(48, BigInt(Math.trunc(seed)) ^ 0x5deece66dn));
  return (Number(first >> 22n) * 2 ** 27 + Number(step(first) >> 21n)) / 2 ** 53;
}

export function drawUuid(execution: Execution): string {
  const drawn = bytes(`${execution.arn}#${execution.draws++}`).subarray(0, 16);
  drawn.writeUInt8(((drawn[6] ?? 0) & 0x0f) | 0x40, 6);
  drawn.writeUInt8(((drawn[8] ?? 0) & 0x3f) | 0x80, 8);
  return drawn.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

const bytes = (text: string) => createHash('sha256').update(text).digest();
