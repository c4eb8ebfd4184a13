import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { type Zippable, zipSync } from 'fflate';

/** ZIP has no times before 1980. With one fixed time, the bytes depend on the files only. */
const FIXED_TIME = new Date(1980, 0, 1, 0, 0, 0);
const PLAIN_FILE_MODE = 0o644 << 16;
const leftOut = new Set(['.git', 'test', '.gitignore', '.github']);

/**
 * Zips the files that a Lambda function needs, from a checkout with installed dependencies.
 * The same files make the same bytes, so the digest identifies the content.
 */
export function buildArtifact(checkout: string): Uint8Array {
  const files = readdirSync(checkout, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(checkout, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !leftOut.has(path.split('/')[0] as string))
    .sort();
  const contents: Zippable = {};
  for (const path of files) contents[path] = [readFileSync(join(checkout, path)), { mtime: FIXED_TIME, os: 3, attrs: PLAIN_FILE_MODE }];
  return zipSync(contents, { level: 6 });
}
