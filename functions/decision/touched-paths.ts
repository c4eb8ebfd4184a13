interface PatchLine {
  readonly kind: 'header' | 'added' | 'removed' | 'kept';
  readonly text: string;
}

/** Lists the paths that a unified diff touches, with old and new names, in their order. */
export function touchedPaths(patch: string): string[] {
  const headers = linesOf(patch).filter(({ kind }) => kind === 'header');
  return [...new Set(headers.flatMap(({ text }) => pathsOf(text)))];
}

/** Counts the lines that a unified diff adds and removes. */
export function countChangedLines(patch: string): { added: number; removed: number } {
  const kinds = linesOf(patch).map(({ kind }) => kind);
  return { added: kinds.filter((kind) => kind === 'added').length, removed: kinds.filter((kind) => kind === 'removed').length };
}

/**
 * Separates headers from content by the lengths that each hunk declares, as `git apply` does.
 * A removed SQL comment looks like a header.
 */
function linesOf(patch: string): PatchLine[] {
  let left = { old: 0, new: 0 };
  return patch.split('\n').map((line) => {
    const text = line.replace(/\r$/, '');
    const kind = left.old > 0 || left.new > 0 ? kindOf(line) : 'header';
    if (kind === 'header') left = lengthsOf(text);
    else left = { old: left.old - Number(inOld(line)), new: left.new - Number(inNew(line)) };
    return { kind, text };
  });
}

const kindOf = (line: string): PatchLine['kind'] =>
  (({ '+': 'added', '-': 'removed', ' ': 'kept', '\\': 'kept', '': 'kept' }) as const)[line.charAt(0)] ?? 'header';

const inOld = (line: string) => !/^[+\\]/.test(line);
const inNew = (line: string) => !/^[-\\]/.test(line);

function lengthsOf(header: string): { old: number; new: number } {
  const hunk = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(header);
  return hunk ? { old: Number(hunk[1] ?? 1), new: Number(hunk[2] ?? 1) } : { old: 0, new: 0 };
}

function pathsOf(header: string): string[] {
  const pair = /^diff --git (.+)$/.exec(header)?.[1];
  if (pair) return sameInBoth(pair).flatMap(withoutPrefix);
  const moved = /^(?:rename|copy) (?:from|to|old|new) (.+)$/.exec(header)?.[1];
  if (moved) return [unquoted(moved)];
  const changed = /^(?:---|\+\+\+) ([^\t]+)/.exec(header)?.[1];
  return changed ? withoutPrefix(unquoted(changed)) : [];
}

/** Reads `diff --git` only if both names are equal. For other names, git itself uses the lines that follow. */
function sameInBoth(pair: string): string[] {
  const middle = (pair.length - 1) / 2;
  const names = [pair.slice(0, middle), pair.slice(middle + 1)].map(unquoted);
  const [first, second] = names.map((name) => name.slice(name.indexOf('/') + 1));
  return pair[middle] === ' ' && first === second ? names : [];
}

/**
 * Drops the first folder, as `git apply` does.
 * If it is not git's own `a/` or `b/`, the path may have no prefix, so both count.
 */
function withoutPrefix(path: string): string[] {
  if (path === '/dev/null') return [];
  const stripped = path.slice(path.indexOf('/') + 1);
  return /^[ab]\//.test(path) ? [stripped] : [path, stripped];
}

const escapes: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** Undoes git's C-style quoting of unusual names, including octal bytes. */
function unquoted(path: string): string {
  if (!path.startsWith('"')) return path;
  const bytes: number[] = [];
  const inner = path.slice(1, path.lastIndexOf('"'));
  for (const [token, octal, escaped] of inner.matchAll(/\\([0-7]{3})|\\(.)|[^\\]/gu)) {
    if (octal) bytes.push(Number.parseInt(octal, 8));
    else bytes.push(...Buffer.from(escaped ? (escapes[escaped] ?? escaped) : token, 'utf8'));
  }
  return Buffer.from(bytes).toString('utf8');
}

/** True if a path leaves the repository, belongs to git, is forbidden or lies under a forbidden path. */
export function isForbidden(path: string, forbidden: readonly string[]): boolean {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (path.startsWith('/') || parts.includes('..') || parts.some((part) => part.toLowerCase() === '.git')) return true;
  const plain = `${parts.join('/')}/`;
  return forbidden.some((entry) => plain.startsWith(`${entry.replace(/\/$/, '')}/`));
}
