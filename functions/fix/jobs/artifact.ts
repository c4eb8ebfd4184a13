import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { type Zippable, zipSync } from 'fflate';

/** ZIP knows no time before 1980; one fixed instant makes the bytes a function of the files. */
const FIXED_TIME = new Date(1980, 0, 1, 0, 0, 0);
const PLAIN_FILE_MODE = 0o644 << 16;
const leftOut = new Set(['.git', 'test', '.gitignore', '.github']);

/** Zips what a Lambda function needs of a checkout with its dependencies installed: the same files make the same bytes, so the digest names the content. */
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
