import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * The folders that functions run in. They are copies, because /var/task is read-only on AWS and no process can change
 * a version's code.
 */
export class TaskRoots {
  readonly #folder: string;
  readonly #log: (line: string) => void;
  readonly #seals = new Map<string, string>();

  constructor(dataDir: string, log: (line: string) => void) {
    this.#folder = join(dataDir, 'task');
    this.#log = log;
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder, { recursive: true });
    // On AWS, a `.js` file without its own package.json is CommonJS, so the repository around the data folder must not
    // count.
    writeFileSync(join(this.#folder, 'package.json'), '{"type":"commonjs"}\n');
  }

  /** Returns the copy of a folder of code. If a process changed the copy, it is made again. */
  copyOf(code: string): string {
    const copy = join(this.#folder, basename(code));
    const seal = this.#seals.get(copy);
    if (seal !== undefined && seal === sealOf(copy)) return copy;
    if (seal) this.#log(`${copy} was written to, which AWS refuses with EROFS; it is made anew`);
    rmSync(copy, { recursive: true, force: true });
    cpSync(code, copy, { recursive: true });
    this.#seals.set(copy, sealOf(copy) as string);
    return copy;
  }
}

/** Distinguishes the states of a folder without reading its files. A process cannot set a ctime back. */
function sealOf(folder: string): string | undefined {
  if (!existsSync(folder)) return undefined;
  const paths = ['.', ...(readdirSync(folder, { recursive: true }) as string[]).sort()];
  const states = paths.map((path) => ({ path, ...lstatSync(join(folder, path)) }));
  return states.map(({ path, ino, size, ctimeMs }) => `${path} ${ino} ${size} ${ctimeMs}`).join('\n');
}
