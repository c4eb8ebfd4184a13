import { execFileSync } from 'node:child_process';
import { relative, resolve } from 'node:path';

const READ = /\.(?:md|ts|mts|mjs|asl\.json)$/;

/** Data that tests or examples compare byte by byte, not prose of ours. */
const NOT_READ = /(?:^|\/)(?:test\/fixtures|examples\/[^/]+\/patches|node_modules|cdk\.out)\//;

/** Files that git knows or would add; `paths` narrows them to these files and folders. */
export function proseFiles(root: string, paths: readonly string[]): string[] {
  const within = paths.map((path) => relative(root, resolve(path)) || '.');
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate', '--', ...within], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const deleted = new Set(execFileSync('git', ['ls-files', '-z', '--deleted'], { cwd: root, encoding: 'utf8' }).split('\0'));
  return listed.split('\0').filter((path) => READ.test(path) && !NOT_READ.test(path) && !deleted.has(path));
}
