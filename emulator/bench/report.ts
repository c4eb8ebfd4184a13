/** Sends the parent one row of numbers. */
export const report = (numbers: Record<string, number>): void => void process.stdout.write(`${JSON.stringify(numbers)}\n`);

/** Resident memory of this process after a collection. The process runs with --expose-gc. */
export function residentMb(): number {
  globalThis.gc?.();
  return process.memoryUsage.rss() / 2 ** 20;
}
