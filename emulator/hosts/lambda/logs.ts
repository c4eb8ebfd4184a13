import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** One line that a function wrote. */
export interface LogLine {
  readonly timestamp: string;
  readonly version: string;
  readonly requestId?: string;
  readonly message: string;
}

/** The log lines of every function, one file each. */
export class Logs {
  readonly #folder: string;
  readonly #files = new Map<string, number>();

  constructor(dataDir: string) {
    this.#folder = join(dataDir, 'logs');
    mkdirSync(this.#folder, { recursive: true });
  }

  append(functionName: string, line: LogLine): void {
    const known = this.#files.get(functionName);
    const file = known ?? openSync(this.#path(functionName), 'a', 0o600);
    if (known === undefined) this.#files.set(functionName, file);
    writeSync(file, `${JSON.stringify(line)}\n`);
  }

  lines(functionName: string): LogLine[] {
    if (!existsSync(this.#path(functionName))) return [];
    const text = readFileSync(this.#path(functionName), 'utf8');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  }

  close(): void {
    for (const file of this.#files.values()) closeSync(file);
    this.#files.clear();
  }

  #path(functionName: string): string {
    return join(this.#folder, `${functionName}.jsonl`);
  }
}
