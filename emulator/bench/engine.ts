import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { transitions } from './machines.ts';

type Numbers = Record<string, number>;

const { values } = parseArgs({ options: { executions: { type: 'string', default: '10000' }, passes: { type: 'string', default: '10' } } });
const folder = mkdtempSync(join(tmpdir(), 'bench-'));

try {
  const ours = await filled('ours.ts');
  const theirs = await filled('theirs.ts');
  const resumed = await numbersOf(child('ours.ts', 'resume', folder, values.executions));
  const oursPass = await numbersOf(child('ours.ts', 'pass', mkdtempSync(join(folder, 'pass-')), values.passes));
  const theirsPass = await numbersOf(child('theirs.ts', 'pass', folder, values.passes));
  print(ours, theirs, resumed, oursPass, theirsPass);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function child(file: string, ...args: string[]): ChildProcess {
  const script = fileURLToPath(new URL(file, import.meta.url));
  return spawn(process.execPath, ['--expose-gc', script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Waits for the one line of numbers that a child prints. */
async function numbersOf(process: ChildProcess): Promise<Numbers> {
  if (!process.stdout) throw new Error('The child has no output');
  for await (const line of createInterface(process.stdout)) return JSON.parse(line) as Numbers;
  throw new Error(`${process.spawnargs.join(' ')} ended without a result`);
}

/** Lets an engine fill up with waiting executions, and kills it. */
async function filled(file: string): Promise<Numbers> {
  const engine = child(file, 'fill', folder, values.executions);
  const numbers = await numbersOf(engine);
  const gone = once(engine, 'exit');
  engine.kill('SIGKILL');
  if (engine.exitCode === null && engine.signalCode === null) await gone;
  return numbers;
}

function print(ours: Numbers, theirs: Numbers, resumed: Numbers, oursPass: Numbers, theirsPass: Numbers): void {
  const each = ({ residentMb = 0, emptyMb = 0 }: Numbers) => (1024 * (residentMb - emptyMb)) / Number(values.executions);
  const rows: [string, number | undefined, number | undefined, string][] = [
    [`resident memory, ${values.executions} waiting`, ours.residentMb, theirs.residentMb, 'MB'],
    ['  of it the engine alone, empty', ours.emptyMb, theirs.emptyMb, 'MB'],
    ['  for each execution', each(ours), each(theirs), 'KB'],
    ['after kill -9: process up, engine resumed', resumed.resumedMs, undefined, 'ms'],
    ['  and the first token answered', resumed.firstMs, undefined, 'ms'],
    ['  executions lost', resumed.lost, Number(values.executions), ''],
    ['  tokens given out a second time', resumed.askedAgain, undefined, ''],
    ['  tokens answered, executions ended', resumed.settledPerSecond, undefined, '/s'],
    [`Pass transitions (${transitions} in a row)`, oursPass.transitionsPerSecond, theirsPass.transitionsPerSecond, '/s'],
  ];
  console.log(
    '`npm run bench:engine`, the same JSON machines; aws-local-stepfunctions 3.0.0 keeps its state in memory and cannot resume\n',
  );
  console.log(line('', 'Sluice', 'aws-local-stepfunctions', 'Sluice : other'));
  for (const [what, mine, other, unit] of rows) console.log(line(what, told(mine, unit), told(other, unit), ratio(mine, other)));
}

function line(what: string, mine: string, other: string, compared: string): string {
  return `| ${what.padEnd(42)} | ${mine.padStart(12)} | ${other.padStart(23)} | ${compared.padStart(14)} |`;
}

function told(value: number | undefined, unit: string): string {
  return value === undefined ? '–' : `${round(value)} ${unit}`.trim();
}

function ratio(mine: number | undefined, other: number | undefined): string {
  return mine === undefined || !other ? '' : `${round(mine / other)} : 1`;
}

function round(value: number): number {
  return Number.isInteger(value) || value >= 100 ? Math.round(value) : Number(value.toPrecision(2));
}
