/** Tells the parent one row of numbers. */
export const report = (numbers: Record<string, number>): void => void process.stdout.write(`${JSON.stringify(numbers)}\n`);

/** What this process keeps in memory once rubbish is collected (it runs with --expose-gc). */
export function residentMb(): number {
  globalThis.gc?.();
  return process.memoryUsage.rss() / 2 ** 20;
}
