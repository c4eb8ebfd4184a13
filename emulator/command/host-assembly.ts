import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { realClock } from '../clock/clock.ts';
import { type Runtime, startRuntime } from '../runtime/runtime.ts';
import { type AssemblyStack, stacksIn } from '../stack/manifest.ts';

export interface HostOptions {
  readonly stack?: string;
  readonly port?: number;
  readonly dataDir?: string;
}

/** One running stack, and where its data is. */
export interface Hosted {
  readonly runtime: Runtime;
  readonly stack: AssemblyStack;
  readonly dataDir: string;
  /** The data folder had data of an earlier run. */
  readonly resumed: boolean;
  /** Holds the data folder as long as it is open, so it must not be collected. */
  readonly lock: DatabaseSync;
}

/** A mistake that the caller can correct: another folder, another stack, another option. */
export class UsageError extends Error {}

/** Hosts one stack of a cloud assembly in real time, until its runtime is stopped. */
export async function hostAssembly(assembly: string, { stack: name, port, dataDir }: HostOptions): Promise<Hosted> {
  const stack = chosen(assembly, name);
  const folder = resolve(dataDir ?? join('.emulator', stack.stackName));
  const before = contentOf(folder);
  const lock = locked(folder);
  try {
    const runtime = await startRuntime({
      cloudAssembly: stack.folder,
      stackName: stack.id,
      parameters: { 'AWS::StackName': stack.stackName },
      dataDir: folder,
      clock: realClock(),
      port,
      log: console.error,
    });
    return { runtime, stack, dataDir: folder, resumed: before === 'data', lock };
  } catch (thrown) {
    if (before === 'nothing') rmSync(folder, { recursive: true, force: true });
    throw thrown;
  }
}

/** SQLite's lock ends with this process, even by kill -9, so no lock stays behind. */
function locked(folder: string): DatabaseSync {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = new DatabaseSync(join(folder, 'lock.sqlite'));
  try {
    lock.exec('begin exclusive');
    return lock;
  } catch (error) {
    throw new UsageError(`${folder}: another emulator uses this folder. Stop it, or name another folder with --data-dir`, { cause: error });
  }
}

function chosen(assembly: string, name: string | undefined): AssemblyStack {
  const stacks = readStacks(assembly);
  const names = stacks.map((stack) => stack.name).join(', ');
  if (stacks.length === 0) throw new UsageError(`${assembly}: has no stack`);
  const [first, ...others] = name === undefined ? stacks : stacks.filter((stack) => [stack.name, stack.stackName].includes(name));
  if (!first) throw new UsageError(`${assembly}: has no stack ${name}. It has: ${names}`);
  if (others.length > 0) throw new UsageError(`${assembly}: has ${stacks.length} stacks. Choose one with --stack NAME: ${names}`);
  return first;
}

function readStacks(assembly: string): AssemblyStack[] {
  try {
    return stacksIn(assembly);
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

/** A run that begins in a foreign folder could overwrite files of others. */
function contentOf(folder: string): 'data' | 'nothing' {
  if (!existsSync(folder) || readdirSync(folder).length === 0) return 'nothing';
  if (existsSync(join(folder, 'callers.key'))) return 'data';
  throw new UsageError(`${folder}: is not empty and has no data of this emulator. Name a new folder with --data-dir`);
}
