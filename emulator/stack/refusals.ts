import { NotHosted } from '../hosts/host.ts';

/** Collects why parts of a template cannot be hosted, so that one start names them all. */
export class Refusals {
  readonly #absent = new Set<string>();
  readonly #leftOut: string[] = [];
  /** The parts that share a type and a reason share a line. */
  readonly #parts = new Map<string, { type: string; reason: string; names: string[] }>();
  #cause: unknown;

  add(name: string, type: string, thrown: unknown): void {
    this.#cause ??= thrown;
    this.#absent.add(name);
    for (const reason of reasonsOf(thrown, `${name} (${type}): `)) {
      const key = `${type}\n${reason}`;
      const part = this.#parts.get(key) ?? { type, reason, names: [] };
      part.names.push(name);
      this.#parts.set(key, part);
    }
  }

  /** Remembers a resource that needs a refused one. */
  leaveOut(name: string): void {
    this.#absent.add(name);
    this.#leftOut.push(name);
  }

  has(names: readonly string[]): boolean {
    return names.some((name) => this.#absent.has(name));
  }

  throwIfAny(): void {
    if (this.#parts.size === 0) return;
    const lines = [...this.#parts.values()].map(({ type, reason, names }) => `${names.join(', ')} (${type}): ${reason}`);
    const rest = this.#leftOut.length > 0 ? [`not checked, because they need the above: ${this.#leftOut.join(', ')}`] : [];
    throw new NotHosted([...lines, ...rest], { cause: this.#cause });
  }
}

function reasonsOf(thrown: unknown, prefix: string): readonly string[] {
  if (thrown instanceof NotHosted) return thrown.reasons;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return [oneLine(message.startsWith(prefix) ? message.slice(prefix.length) : message)];
}

/** zod spreads an error over several lines. */
const oneLine = (message: string) => message.replace(/^✖ /, '').replace(/\s*\n\s*/g, ' ');
