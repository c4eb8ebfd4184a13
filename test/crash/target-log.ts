import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { StatementSync } from 'node:sqlite';

/** The effect of one write on the functions of the target: a moved alias, or a published version. */
const effectOf = (sql: string, [name, key, data]: unknown[]): string | undefined => {
  if (sql.includes('into aliases')) return `${name}: ${aliasOf(String(data))}`;
  if (sql.includes('into versions') && key !== '$LATEST') return `${name}: published ${key}`;
  return undefined;
};

function aliasOf(data: string): string {
  const { version, weights } = JSON.parse(data) as { version: string; weights: Record<string, number> };
  return [`version ${version}`, ...Object.entries(weights).map(([other, weight]) => `${weight} to ${other}`)].join(', ');
}

/** Logs each change of the functions that `isTarget` names as soon as it is on disk, before a kill can follow. */
export function logTarget(file: string, isTarget: (name: string) => boolean): void {
  const { run } = StatementSync.prototype;
  StatementSync.prototype.run = function (...values: unknown[]) {
    const changes = Reflect.apply(run, this, values);
    const effect = isTarget(String(values[0])) ? effectOf(this.sourceSQL, values) : undefined;
    if (effect) appendFileSync(file, `${effect}\n`);
    return changes;
  };
}

/** Reads the log. A version is written again when it becomes active, so only its first line counts. */
export function targetLog(file: string): string[] {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  return lines.filter((line, index) => !line.includes(' published ') || lines.indexOf(line) === index);
}
