import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { git, run } from './command.ts';
import { installScanner, scanForCredentials } from './credential-scan.ts';
import { installDependencies } from './dependencies.ts';
import { JobBucket } from './job-bucket.ts';
import { type Finding, scanForPhi } from './phi-scan.ts';

const work = join(process.cwd(), 'work');
const checkout = join(work, 'checkout');
const scanner = join(work, 'scanner');

/** Each step is a phase of the build; its exit status is what the build service records, and nothing else of it counts. */
const steps: Readonly<Record<string, () => void | Promise<void>>> = { checkout: checkOut, scan, lint, tests };

const step = steps[process.argv[2] ?? ''];
if (!step) throw new Error(`test-fix: one of ${Object.keys(steps).join(', ')}`);
await step();

async function checkOut(): Promise<void> {
  mkdirSync(work, { recursive: true });
  const bucket = new JobBucket();
  writeFileSync(join(work, 'commit.bundle'), await bucket.get('commit.bundle'));
  const { commit } = JSON.parse((await bucket.get('commit.json')).toString('utf8')) as { commit: string };
  git(work, 'clone', '--quiet', '--no-checkout', 'commit.bundle', 'checkout');
  git(checkout, 'checkout', '--quiet', '--detach', commit);
  installScanner(scanner);
}

function scan(): void {
  const findings = [
    ...scanForCredentials(scanner, checkout),
    ...textFiles(checkout).flatMap((file) => scanForPhi(relative(checkout, file), readFileSync(file, 'utf8'))),
  ];
  report('scan', findings);
}

function lint(): void {
  installDependencies(checkout);
  console.log(run('npm', ['run', '--silent', 'lint'], checkout));
}

function tests(): void {
  console.log(run('npm', ['test', '--silent'], checkout));
}

function textFiles(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const own = files.filter(
    ({ parentPath }) =>
      !relative(folder, parentPath)
        .split('/')
        .some((part) => part === '.git' || part === 'node_modules'),
  );
  return own.map(({ parentPath, name }) => join(parentPath, name));
}

/** Prints rule, file and line, never what was found. */
function report(name: string, findings: readonly Finding[]): void {
  for (const { rule, file, line } of findings) console.log(`${name}: ${rule} in ${file}:${line}`);
  if (findings.length > 0) process.exitCode = 1;
}
