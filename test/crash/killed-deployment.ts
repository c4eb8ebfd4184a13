import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Ended, Plan } from './child.ts';
import type { Killed, KillKind, KillPoint } from './kill-point.ts';

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url));
/** The highest count before a kill. A deployment has about 2000 writes, 200 effects, 1400 jumps; a start 60 writes. */
const MOST: Record<KillKind, number> = { write: 450, effect: 50, jump: 300 };
/** A process that runs longer than this hangs. An undisturbed deployment takes a sixth of this. */
const LONGEST_MS = 120_000;

/** An issue to send through, and the approver's answer to its question. */
export interface Story {
  readonly issue: string;
  readonly answer?: string;
}

export const stories: readonly Story[] = [
  { issue: 'a-failed-check.json' },
  { issue: 'b-dependabot-alert.json', answer: 'approve' },
  { issue: 'c-code-quality.json' },
];

/** One template, one folder with the first version deployed, and the end of each story in an undisturbed run. */
export class CrashTests {
  readonly folder = mkdtempSync(join(tmpdir(), 'sluice-crash-'));
  readonly #cloudAssembly: string;
  readonly #inPeace = new Map<Story, Promise<Ended>>();
  #runs = 0;

  constructor(cloudAssembly: string) {
    this.#cloudAssembly = cloudAssembly;
  }

  async prepare(): Promise<void> {
    const folder = this.#base;
    mkdirSync(folder);
    await runChild({ cloudAssembly: this.#cloudAssembly, folder });
  }

  inPeace(story: Story): Promise<Ended> {
    const known = this.#inPeace.get(story) ?? this.killed(story, () => undefined).then(({ ended }) => ended);
    this.#inPeace.set(story, known);
    return known;
  }

  /** Sends the story through and kills the process until `nextKill` returns no kill point. */
  async killed(story: Story, nextKill: (sofar: number) => KillPoint | undefined): Promise<{ ended: Ended; kills: Killed[] }> {
    const folder = join(this.folder, `run-${++this.#runs}`);
    cpSync(this.#base, folder, { recursive: true });
    while (!existsSync(join(folder, 'ended.json')))
      await runChild({ cloudAssembly: this.#cloudAssembly, folder, ...story, kill: nextKill(killsIn(folder).length) });
    const ended = JSON.parse(readFileSync(join(folder, 'ended.json'), 'utf8')) as Ended;
    const kills = killsIn(folder);
    rmSync(folder, { recursive: true, force: true });
    return { ended, kills };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  get #base(): string {
    return join(this.folder, 'base');
  }
}

/** Draws the next kill point. Half of them count writes, so that the kills reach most places. */
export function drawKill(random: () => number): KillPoint {
  const drawn = random();
  const kind: KillKind = drawn < 0.5 ? 'write' : drawn < 0.75 ? 'effect' : 'jump';
  return { kind, at: 1 + Math.floor(random() * MOST[kind]) };
}

/** Lists each difference between the end of a killed deployment and of an undisturbed one. */
export function differences(inPeace: Ended, { chain, ...killed }: Ended): string[] {
  const wrong = (Object.keys(killed) as (keyof typeof killed)[]).filter((field) => plain(killed[field]) !== plain(inPeace[field]));
  return [...chain, ...wrong.map((field) => `${field}:\n  undisturbed ${plain(inPeace[field])}\n  killed      ${plain(killed[field])}`)];
}

/** Hides the duration of watches, because it differs between any two runs. */
const plain = (reported: string | string[]) => JSON.stringify(reported).replace(/\d+ s of watching/g, 'some watching');

function killsIn(folder: string): Killed[] {
  const file = join(folder, 'killed');
  return existsSync(file)
    ? readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : [];
}

async function runChild(plan: Plan): Promise<void> {
  const child = spawn(process.execPath, [CHILD, JSON.stringify(plan)], { stdio: ['ignore', 'inherit', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  const timer = setTimeout(() => child.kill('SIGTERM'), LONGEST_MS);
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(timer);
  if (code !== 0 && signal !== 'SIGKILL') throw new Error(`${JSON.stringify(plan)} ended with ${signal ?? code}:\n${said}`);
}
