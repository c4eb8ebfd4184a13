import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import * as module from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { repository } from './suitable-node.mjs';

export const folder = join(repository, 'node_modules', '.cache', 'sluice');
export const recordFile = join(folder, 'current.json');
/** The program of a bundle. If it cannot be read, the bundle is not there for this user. */
export const entryOf = (digest) => join(folder, digest, 'sluice.mjs');
export const urlOf = (digest) => pathToFileURL(entryOf(digest)).href;

/** Finds the bundle that was built from the present files. If a file changed, there is none. */
export function freshBundle() {
  const record = recorded();
  if (!record || digestOf(contentsOf(record.files)) !== record.digest || !existsSync(entryOf(record.digest))) return undefined;
  module.enableCompileCache?.(join(folder, 'compiled'));
  return urlOf(record.digest);
}

function recorded() {
  try {
    return JSON.parse(readFileSync(recordFile, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Reads files by their paths below the repository. A missing file has no content. */
export function contentsOf(files) {
  return new Map(files.map((file) => [file, contentOf(file)]));
}

function contentOf(file) {
  try {
    return readFileSync(join(repository, file));
  } catch {
    return undefined;
  }
}

/** Computes a bundle's name from the path and content of each file. The Node version does not matter. */
export function digestOf(contents) {
  const all = createHash('sha256').update(repository);
  for (const [file, content] of [...contents].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const own = content === undefined ? 'missing' : createHash('sha256').update(content).digest('hex');
    all.update(`\n${file} ${own}`);
  }
  return all.digest('hex').slice(0, 32);
}
