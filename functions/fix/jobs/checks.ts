import { existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Verdict } from '#deployment/verdict';
import { attempt, git } from './command.ts';
import { installScanner, scanForCredentials } from './credential-scan.ts';
import { installDependencies } from './dependencies.ts';
import type { JobBucket } from './job-bucket.ts';
import { type Finding, scanForPhi } from './phi-scan.ts';
import { sayTests } from './test-count.ts';

export const checkNames = ['credential-scan', 'phi-scan', 'code-quality', 'tests'] as const;
export type FixCheckName = (typeof checkNames)[number];

export interface CheckSummary {
  readonly check: FixCheckName;
  readonly verdict: Verdict;
  /** Never repeats what a scan found. */
  readonly detail: string;
}

/** The exit status that carries a verdict to the build service and so to the validation report. */
export const exitStatus: Readonly<Record<Verdict, number>> = { Successful: 0, Failed: 1, Inconclusive: 2 };

const folders = (work: string) => ({ checkout: join(work, 'checkout'), scanner: join(work, 'scanner') });

/** Lays out the stored commit and the scanner. After that, the scans fetch nothing. */
export async function checkOut(work: string, bucket: Pick<JobBucket, 'get'>, imageModules: string | undefined): Promise<void> {
  const { checkout, scanner } = folders(work);
  mkdirSync(work, { recursive: true });
  writeFileSync(join(work, 'commit.bundle'), await bucket.get('commit.bundle'));
  const { commit } = JSON.parse((await bucket.get('commit.json')).toString('utf8')) as { commit: string };
  git(work, 'clone', '--quiet', '--no-checkout', 'commit.bundle', 'checkout');
  git(checkout, 'checkout', '--quiet', '--detach', commit);
  installScanner(scanner, imageModules);
}

const lastLine = (output: string) => output.trim().split('\n').at(-1)?.slice(0, 500) ?? '';

type Check = (work: string, imageModules: string | undefined) => Omit<CheckSummary, 'check'>;

const checks: Readonly<Record<FixCheckName, Check>> = {
  'credential-scan': (work) => {
    const { checkout, scanner } = folders(work);
    return judged(scanForCredentials(scanner, checkout, filesOf(checkout)));
  },
  'phi-scan': (work) => {
    const { checkout } = folders(work);
    return judged(filesOf(checkout).flatMap((file) => scanForPhi(file, readFileSync(join(checkout, file), 'utf8'))));
  },
  'code-quality': (work, imageModules) => runScript(work, imageModules, 'lint', lastLine),
  tests: (work, imageModules) => runScript(work, imageModules, 'test', sayTests),
};

/** Runs one check. If it cannot run, the verdict is Inconclusive and the detail says why. */
export function runCheck(check: FixCheckName, work: string, imageModules: string | undefined): CheckSummary {
  try {
    return { check, ...checks[check](work, imageModules) };
  } catch (error) {
    return { check, verdict: 'Inconclusive', detail: `could not run: ${(error as Error).message}` };
  }
}

/** The files of the commit, without links. Ignored and untracked files are not part of it. */
const filesOf = (checkout: string) =>
  git(checkout, 'ls-files', '-z')
    .split('\0')
    .filter((file) => file && lstatSync(join(checkout, file)).isFile());

function judged(findings: readonly Finding[]): Omit<CheckSummary, 'check'> {
  const places = findings.map(({ rule, file, line }) => `${rule} in ${file}:${line}`);
  return { verdict: places.length > 0 ? 'Failed' : 'Successful', detail: places.join('; ') || 'nothing found' };
}

function runScript(
  work: string,
  imageModules: string | undefined,
  name: string,
  say: (output: string) => string,
): Omit<CheckSummary, 'check'> {
  const { checkout } = folders(work);
  const { scripts = {} } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as { scripts?: Record<string, string> };
  if (!scripts[name]) throw new Error(`package.json has no script "${name}"; add one`);
  if (!existsSync(join(checkout, 'node_modules'))) installDependencies(checkout, imageModules, { withTools: true });
  const ran = attempt('npm', ['run', '--silent', name], checkout);
  return { verdict: ran.passed ? 'Successful' : 'Failed', detail: say(ran.output) };
}
