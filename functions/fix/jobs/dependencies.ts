import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { satisfies, validRange } from 'semver';
import { type Run, run } from './command.ts';

export interface Installation {
  /** True if development dependencies come too: a linter, a test runner. */
  readonly withTools?: boolean;
  readonly run?: Run;
}

interface Manifest {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly packages?: Readonly<Record<string, { readonly resolved?: string; readonly link?: boolean }>>;
}

/**
 * Installs a checkout's dependencies without running their scripts.
 * They come from the build image's folder of packages, or else from the registry.
 */
export function installDependencies(checkout: string, imageModules: string | undefined, installation: Installation = {}): void {
  const { withTools = false, run: ran = run } = installation;
  const manifest = manifestOf(join(checkout, 'package.json'));
  refuseOtherSources(checkout);
  if (imageModules) fromImage(checkout, manifest, imageModules, withTools);
  else ran('npm', [npmCommand(checkout), ...(withTools ? [] : ['--omit=dev']), ...withoutScripts], checkout);
}

const npmCommand = (checkout: string) => (existsSync(join(checkout, 'package-lock.json')) ? 'ci' : 'install');

/** `--allow-git=none`: a package of the registry may depend on one in git, which our manifest does not show. */
export const withoutScripts = ['--ignore-scripts', '--allow-git=none', '--no-audit', '--no-fund'];

/**
 * Throws if a package is not from the registry: npm runs code of git and folder packages even with `--ignore-scripts`.
 * It fetches git packages with the program that the repository's `.npmrc` names.
 */
export function refuseOtherSources(checkout: string): void {
  const { dependencies, devDependencies, optionalDependencies, peerDependencies } = manifestOf(join(checkout, 'package.json'));
  const lockFile = join(checkout, 'package-lock.json');
  const { packages = {} } = existsSync(lockFile) ? manifestOf(lockFile) : {};
  const all = { ...peerDependencies, ...optionalDependencies, ...dependencies, ...devDependencies };
  const declared = Object.entries(all).filter(([, range]) => validRange(range) === null);
  const locked = Object.entries(packages).filter(([, { resolved = 'https:', link }]) => link || !resolved.startsWith('https:'));
  const others = [...declared, ...locked].map(([name]) => name);
  if (others.length > 0) throw new Error(`not a version from the registry: ${others.join(', ')}; vendor or publish it`);
}

function fromImage(checkout: string, { dependencies = {}, devDependencies = {} }: Manifest, image: string, withTools: boolean): void {
  for (const [name, version] of Object.entries(dependencies)) copyPackage(join(image, `${name}-${version}`), checkout, name, version);
  if (!withTools) return;
  for (const [name, range] of Object.entries(devDependencies)) linkTool(join(image, name), checkout, name, range);
  if (!existsSync(join(checkout, 'node_modules/.bin'))) symlinkSync(join(image, '.bin'), placeFor(checkout, '.bin'));
}

function copyPackage(source: string, checkout: string, name: string, version: string): void {
  if (!existsSync(source)) throw new Error(`the build image does not bring ${name} ${version}`);
  const needed = Object.keys(manifestOf(join(source, 'package.json')).dependencies ?? {});
  if (needed.length > 0) throw new Error(`the build image brings ${name} without ${needed.join(', ')}, which it needs`);
  cpSync(source, placeFor(checkout, name), { recursive: true });
}

function linkTool(source: string, checkout: string, name: string, range: string): void {
  if (!existsSync(source) || !satisfies(manifestOf(join(source, 'package.json')).version ?? '', range))
    throw new Error(`the build image does not bring ${name} ${range}`);
  if (!existsSync(placeFor(checkout, name))) symlinkSync(source, placeFor(checkout, name));
}

function placeFor(checkout: string, name: string): string {
  const place = join(checkout, 'node_modules', name);
  mkdirSync(dirname(place), { recursive: true });
  return place;
}

const manifestOf = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Manifest;
