import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gte, minVersion, validRange } from 'semver';
import { isForbidden, touchedPaths } from '#decision/touched-paths';
import type { FixRequest } from '#deployment/issue';
import { git, run } from './command.ts';
import { refuseOtherSources, withoutScripts } from './dependencies.ts';

type ReadyPatch = Extract<FixRequest, { workflow: 'ready-patch' }>;
type DependencyBump = Extract<FixRequest, { workflow: 'dependency-bump' }>;

/** Makes the change in one of two ways, without running the repository's code, and leaves it staged in the index. */
export function executeWorkflow(checkout: string, fix: FixRequest): void {
  if (fix.workflow === 'ready-patch') applyPatch(checkout, fix);
  else bumpDependency(checkout, fix);
}

function applyPatch(checkout: string, { patch }: ReadyPatch): void {
  const outside = touchedPaths(patch).filter((path) => isForbidden(path, []) || path.split('/').includes('node_modules'));
  if (outside.length > 0) throw new Error(`the patch writes outside the repository's own files: ${outside.join(', ')}`);
  const file = join(checkout, '.git', 'sluice.patch');
  writeFileSync(file, patch.endsWith('\n') ? patch : `${patch}\n`);
  git(checkout, 'apply', '--3way', '--index', file);
  refuseLinks(checkout);
}

const plainModes = ['100644', '100755', '000000'];

/** Refuses symbolic links and submodules: through them, a change of one path reaches another. */
function refuseLinks(checkout: string): void {
  const entries = git(checkout, 'diff', '--cached', '--raw', '--no-renames').split('\n').filter(Boolean);
  const odd = entries.filter((entry) => !plainModes.includes(entry.split(' ')[1] as string));
  if (odd.length > 0) throw new Error(`the patch makes links or submodules: ${odd.map((entry) => entry.split('\t')[1]).join(', ')}`);
}

const sections = ['dependencies', 'devDependencies', 'optionalDependencies'];

function bumpDependency(checkout: string, { package: name, toVersion }: DependencyBump): void {
  const file = join(checkout, 'package.json');
  const text = readFileSync(file, 'utf8');
  const manifest = JSON.parse(text);
  const section = sections.find((candidate) => Object.hasOwn(manifest[candidate] ?? {}, name));
  if (!section) throw new Error(`package.json does not depend on ${name}; bump a transitive dependency by hand`);
  const range: string = manifest[section][name];
  const present = presentVersion(checkout, name, range);
  if (gte(present, toVersion)) throw new Error(`${name} is already at ${present}, which is not below ${toVersion}`);
  manifest[section][name] = `${/^[\^~]/.exec(range)?.[0] ?? ''}${toVersion}`;
  writeFileSync(file, `${JSON.stringify(manifest, null, /\n([ \t]+)"/.exec(text)?.[1] ?? '  ')}${text.endsWith('\n') ? '\n' : ''}`);
  refuseOtherSources(checkout);
  if (existsSync(join(checkout, 'package-lock.json'))) run('npm', ['install', '--package-lock-only', ...withoutScripts], checkout);
  git(checkout, 'add', '--all');
}

/** The version that the lock file installs, or else the lowest one that the manifest allows. */
function presentVersion(checkout: string, name: string, range: string): string {
  const lockFile = join(checkout, 'package-lock.json');
  const locked = existsSync(lockFile) && JSON.parse(readFileSync(lockFile, 'utf8')).packages?.[`node_modules/${name}`]?.version;
  const lowest = validRange(range) === null ? undefined : minVersion(range)?.version;
  const present = locked || lowest;
  if (!present) throw new Error(`package.json has ${name} as ${range}, which is not a version; bump it by hand`);
  return present;
}
