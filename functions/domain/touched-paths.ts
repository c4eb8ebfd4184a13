/** Lists the paths that a unified diff touches, old and new names alike, in the order they appear. */
export function touchedPaths(patch: string): string[] {
  const paths = patch.split('\n').flatMap((line) => pathsOf(line));
  return [...new Set(paths)];
}

const headers = [/^(?:---|\+\+\+) (.+)$/, /^rename (?:from|to) (.+)$/, /^copy (?:from|to) (.+)$/];

function pathsOf(line: string): string[] {
  const git = /^diff --git (.+)$/.exec(line)?.[1];
  if (git) return gitPair(git);
  const named = headers.map((header) => header.exec(line)?.[1]).find((path) => path !== undefined);
  return named ? [stripped(unquoted(named.split('\t')[0] as string))].filter((path) => path !== '/dev/null') : [];
}

function gitPair(pair: string): string[] {
  const quoted = pair.match(/"(?:[^"\\]|\\.)*"/g);
  if (quoted?.length === 2) return quoted.map((path) => stripped(unquoted(path)));
  const plain = /^a\/(.+) b\/(.+)$/.exec(pair);
  return plain ? [plain[1] as string, plain[2] as string] : [];
}

const stripped = (path: string) => path.replace(/^[ab]\//, '');

/** Undoes git's C-style quoting of unusual names, octal bytes included. */
function unquoted(path: string): string {
  if (!path.startsWith('"')) return path.trimEnd();
  const bytes: number[] = [];
  const inner = path.slice(1, path.lastIndexOf('"'));
  for (const [token, octal, escaped] of inner.matchAll(/\\([0-7]{3})|\\(.)|[^\\]/gu)) {
    if (octal) bytes.push(Number.parseInt(octal, 8));
    else bytes.push(...Buffer.from(escaped ? ({ n: '\n', t: '\t' }[escaped] ?? escaped) : token, 'utf8'));
  }
  return Buffer.from(bytes).toString('utf8');
}

/** Whether a path leaves the repository, is one of git's own, or lies under a forbidden prefix. */
export function isForbidden(path: string, forbidden: readonly string[]): boolean {
  const parts = path.split('/');
  if (path.startsWith('/') || parts.includes('..') || parts.some((part) => part.toLowerCase() === '.git')) return true;
  return forbidden.some((prefix) => (prefix.endsWith('/') ? path.startsWith(prefix) : path === prefix));
}
