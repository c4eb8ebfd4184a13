/** Says how many tests ran and names those that failed, from the closing lines of node:test or TAP. */
export function sayTests(output: string): string {
  const count = (what: string) => new RegExp(`^(?:ℹ|#) ${what} (\\d+)$`, 'm').exec(output)?.[1];
  const [ran, failed] = [count('tests'), count('fail')];
  if (ran === undefined) return 'see the build log';
  if (failed === '0' || failed === undefined) return `${ran} tests passed`;
  const names = [...output.matchAll(/^\s*(?:✖|not ok \d+ -) (.+?)(?: \([\d.]+ms\))?$/gm)].map(([, name]) => name as string);
  const failing = [...new Set(names)].filter((name) => name !== 'failing tests:').slice(0, 5);
  return `${failed} of ${ran} failed: ${failing.join('; ').slice(0, 500)}`;
}
