import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import * as z from 'zod';

/** Layers of `functions/`, lowest first. A file may import its own room and the rooms of lower layers. */
const layersSchema = z.array(z.record(z.string(), z.string()));

/** Layers of rooms, lowest first. Each room has one sentence. */
export type Layers = readonly Readonly<Record<string, string>>[];

export interface SourceFile {
  /** From the root of the repository, with `/`. */
  readonly path: string;
  readonly text: string;
}

export interface Problem {
  readonly path: string;
  readonly rule: string;
  readonly message: string;
}

interface Import {
  readonly specifier: string;
  /** The imported file of this repository; undefined for a package. */
  readonly target: string | undefined;
}

const MOST_FILES_IN_A_FOLDER = 25;
const PURE_PACKAGES = ['zod', 'semver', 'simple-statistics', 'node:crypto'];
const CLOCKS = /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bperformance\.now\(|\bprocess\.env\b|(?<![\w.])fetch\(/;
/** Rooms of programs and of the platform. No file in them is a rule. */
const NO_RULES = ['handlers', 'platform', 'fix/jobs'];

/** Finds each import and signature that breaks docs/decisions/0013. It reads no files, so tests pass texts to it. */
export function problemsOf(files: readonly SourceFile[], layers: Layers): Problem[] {
  const known = new Set(files.map(({ path }) => path));
  const imports = new Map(files.map((file) => [file.path, importsOf(file, known)]));
  const perFile = files.flatMap((file) => {
    const found = imports.get(file.path) ?? [];
    return [
      ...upward(file, found, layers),
      ...impureRule(file, found),
      ...servicesElsewhere(file, found),
      ...flowWithoutPorts(file),
      ...longWay(file, found),
      ...emulatorByTheBackDoor(file, found),
    ];
  });
  return [...perFile, ...circles(imports), ...crowdedFolders(files)];
}

export function readLayers(root: string): Layers {
  return layersSchema.parse(JSON.parse(readFileSync(join(root, 'functions/rooms.json'), 'utf8')));
}

/** Reads the specifiers of a formatted file. Imports of types count, because a reader follows them too. */
export function importsOf({ path, text }: SourceFile, known: ReadonlySet<string>): Import[] {
  return [...text.matchAll(/^(?:import|export)\b(?:[^;'"=(]*\bfrom)?\s*'([^']+)'|\bimport\('([^']+)'\)/gm)].map(([, declared, awaited]) => {
    const specifier = declared ?? awaited ?? '';
    const target = targetOf(path, specifier);
    return { specifier, target: target !== undefined && known.has(target) ? target : undefined };
  });
}

function targetOf(path: string, specifier: string): string | undefined {
  if (specifier === '#definitions') return 'statemachine/definitions.ts';
  if (specifier.startsWith('#')) return `functions/${specifier.slice(1)}.ts`;
  return specifier.startsWith('.') ? normalize(join(dirname(path), specifier)).replaceAll('\\', '/') : undefined;
}

const isProduct = (path: string) => path.startsWith('functions/');

/** `functions/web/pages/form.ts` is in `web`; `functions/services.ts` is a room of its own. */
export const roomOf = (path: string): string => path.split('/')[1] ?? '';

function upward({ path }: SourceFile, imports: readonly Import[], layers: Layers): Problem[] {
  if (!isProduct(path)) return [];
  const levelOf = (room: string) => layers.findIndex((layer) => room in layer);
  const room = roomOf(path);
  if (levelOf(room) < 0) return [{ path, rule: 'room', message: `functions/rooms.json has no room ${room}; add it to a layer` }];
  return imports.flatMap(({ target }) => {
    if (!target) return [];
    const other = isProduct(target) ? roomOf(target) : undefined;
    if (other === room || (other !== undefined && levelOf(other) < levelOf(room))) return [];
    return [{ path, rule: 'upward', message: `${room} may not import ${target}; move what both need to a lower room` }];
  });
}

const kindOf = (path: string): string | undefined => /\.([a-z0-9-]+)\.ts$/.exec(path)?.[1];
const isRule = (path: string) =>
  isProduct(path) && path.split('/').length > 2 && !kindOf(path) && !NO_RULES.some((room) => path.startsWith(`functions/${room}/`));

function impureRule({ path, text }: SourceFile, imports: readonly Import[]): Problem[] {
  if (!isRule(path)) return [];
  const packages = imports.filter(({ specifier, target }) => !target && !PURE_PACKAGES.includes(specifier) && !/^[#.]/.test(specifier));
  const impure = imports.filter(({ target }) => target && kindOf(target) && kindOf(target) !== 'port');
  const clock = CLOCKS.exec(text)?.[0];
  return [
    ...[...packages, ...impure].map(({ specifier }) => `a rule may not import ${specifier}; take its result as an argument`),
    ...(clock ? [`a rule may not use ${clock}; take the value as an argument`] : []),
  ].map((message) => ({ path, rule: 'pure-rule', message }));
}

const MAY_MAKE_SERVICES = /^(?:functions\/handlers|cli|test)\//;

function servicesElsewhere({ path }: SourceFile, imports: readonly Import[]): Problem[] {
  if (MAY_MAKE_SERVICES.test(path) || !imports.some(({ target }) => target === 'functions/services.ts')) return [];
  return [{ path, rule: 'services', message: 'only handlers and the CLI import services.ts; take ports as the first argument' }];
}

const TYPES = '(?:<[^>]*>)?';
/** An exported function that is async, or that says that it returns a promise. */
const ASYNC_EXPORTS = [
  new RegExp(`^export async function (\\w+)${TYPES}\\(([^)]*)\\)`, 'gm'),
  new RegExp(`^export function (\\w+)${TYPES}\\(([^)]*)\\)\\s*:\\s*Promise<`, 'gm'),
  new RegExp(`^export const (\\w+) = async ${TYPES}\\(([^)]*)\\)`, 'gm'),
  new RegExp(`^export const (\\w+) = ${TYPES}\\(([^)]*)\\)\\s*:\\s*Promise<`, 'gm'),
];

/** A flow acts through ports: each exported function that returns a promise takes them first. */
function flowWithoutPorts({ path, text }: SourceFile): Problem[] {
  if (!isProduct(path) || kindOf(path) !== 'flow') return [];
  const portTypes = [...text.matchAll(/import (?:type )?\{([^}]*)\} from '[^']*\.port(?:\.ts)?'/g)]
    .flatMap(([, names = '']) => names.split(','))
    .map((name) => name.replace('type ', '').trim());
  const isPorts = (parameter: string) => /Ports\b/.test(parameter) || portTypes.some((name) => new RegExp(`\\b${name}\\b`).test(parameter));
  const functions = ASYNC_EXPORTS.flatMap((pattern) => [...text.matchAll(pattern)]);
  return functions.flatMap(([, name, parameters = '']) =>
    isPorts(parameters.split(/,(?![^{]*\})/)[0] ?? '')
      ? []
      : [{ path, rule: 'flow-ports', message: `${name} takes its ports as the first argument` }],
  );
}

/** One way to write an import: `./` in the same folder, `#room/file` otherwise. */
function longWay({ path }: SourceFile, imports: readonly Import[]): Problem[] {
  if (!isProduct(path)) return [];
  const long = imports.filter(({ specifier }) => specifier.startsWith('../') || /^\.\/.*\//.test(specifier));
  return long.map(({ specifier }) => ({ path, rule: 'one-way', message: `write ${specifier} as #room/file` }));
}

function emulatorByTheBackDoor({ path }: SourceFile, imports: readonly Import[]): Problem[] {
  const isInside = path.startsWith('emulator/');
  const wrong = imports.filter(({ specifier, target }) => {
    if (isInside) return target !== undefined && !target.startsWith('emulator/');
    if (specifier === '@sluice/emulator/testing') return !path.startsWith('test/');
    return target?.startsWith('emulator/') || specifier.startsWith('@sluice/emulator/');
  });
  const message = isInside ? 'the emulator may not import the product' : 'import @sluice/emulator, its one entry point';
  return wrong.map(({ specifier }) => ({ path, rule: 'emulator', message: `${specifier}: ${message}` }));
}

/** Finds files that import each other in a circle, types included. */
function circles(imports: ReadonlyMap<string, readonly Import[]>): Problem[] {
  const done = new Set<string>();
  const found: Problem[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) found.push({ path, rule: 'circle', message: [...trail.slice(start), path].join(' -> ') });
    if (start >= 0 || done.has(path)) return;
    for (const { target } of imports.get(path) ?? []) if (target) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of imports.keys()) visit(path, []);
  return found;
}

function crowdedFolders(files: readonly SourceFile[]): Problem[] {
  const folders = Object.entries(
    Object.groupBy(
      files.filter(({ path }) => isProduct(path)),
      ({ path }) => dirname(path),
    ),
  );
  return folders
    .filter(([, inside = []]) => inside.length > MOST_FILES_IN_A_FOLDER)
    .map(([path, inside = []]) => ({ path, rule: 'crowded', message: `${inside.length} files; give some a folder of their own` }));
}
