import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gte, minVersion } from 'semver';
import type { FixRequest } from '../domain/issue.ts';
import { isForbidden, touchedPaths } from '../domain/touched-paths.ts';
import { git, run } from './command.ts';

type Workflows = { readonly [Name in FixRequest['workflow']]: (checkout: string, fix: Extract<FixRequest, { workflow: Name }>) => void };

/** The two ways a fix is executed; each leaves its change staged in the index. */
export const workflows: Workflows = { 'ready-patch': applyPatch, 'dependency-bump': bumpDependency };

function applyPatch(checkout: string, { patch }: Extract<FixRequest, { workflow: 'ready-patch' }>): void {
  const outside = touchedPaths(patch).filter((path) => isForbidden(path, []));
  if (outside.length > 0) throw new Error(`the patch leaves the repository: ${outside.join(', ')}`);
  const file = join(checkout, '.git', 'sluice.patch');
  writeFileSync(file, patch.endsWith('\n') ? patch : `${patch}\n`);
  git(checkout, 'apply', '--3way', '--index', file);
  const links = git(checkout, 'diff', '--cached', '--name-only', '--diff-filter=d')
    .split('\n')
    .filter((path) => path && lstatSync(join(checkout, path)).isSymbolicLink());
  if (links.length > 0) throw new Error(`the patch makes symbolic links: ${links.join(', ')}`);
}

function bumpDependency(checkout: string, { package: name, toVersion }: Extract<FixRequest, { workflow: 'dependency-bump' }>): void {
  const file = join(checkout, 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  const section = ['dependencies', 'devDependencies', 'optionalDependencies'].find(
    (candidate) => manifest[candidate]?.[name] !== undefined,
  );
  if (!section) throw new Error(`package.json does not depend on ${name}; a transitive dependency is bumped by hand`);
  const present = minVersion(manifest[section][name]);
  if (present && gte(present, toVersion)) throw new Error(`${name} is at ${present.version} already, which is not below ${toVersion}`);
  manifest[section][name] = toVersion;
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
  if (existsSync(join(checkout, 'package-lock.json')))
    run('npm', ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund'], checkout);
  git(checkout, 'add', '--all');
}
