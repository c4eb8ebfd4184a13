import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import * as module from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { repository } from './suitable-node.mjs';

export const folder = join(repository, 'node_modules', '.cache', 'sluice');
export const recordFile = join(folder, 'current.json');
export const urlOf = (digest) => pathToFileURL(join(folder, digest, 'sluice.mjs')).href;

/** Finds the bundle that was built from exactly the files that are here now; a changed file means that there is none. */
export function freshBundle() {
  const record = recorded();
  if (!record || digestOf(contentsOf(record.files)) !== record.digest || !existsSync(join(folder, record.digest))) return undefined;
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

/** Reads files by their paths below the repository; a missing one counts as such. */
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

/** Names what a bundle was built from: the Node that runs it does not matter, each file's path and content does. */
export function digestOf(contents) {
  const all = createHash('sha256').update(repository);
  for (const [file, content] of [...contents].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const own = content === undefined ? 'missing' : createHash('sha256').update(content).digest('hex');
    all.update(`\n${file} ${own}`);
  }
  return all.digest('hex').slice(0, 32);
}
