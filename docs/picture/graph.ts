import { globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { Arrow } from './layout.ts';

/** Layers of rooms, lowest first. Each room has one sentence. */
export type Layers = readonly Readonly<Record<string, string>>[];

export const readLayers = (root: string): Layers => JSON.parse(readFileSync(join(root, 'functions/rooms.json'), 'utf8'));

/** Lists which room imports which, once for each pair. */
export function roomImports(root: string): Arrow[] {
  const pairs = globSync('functions/**/*.ts', { cwd: root }).flatMap((file) => importsOf(root, file.replaceAll('\\', '/')));
  return [...new Map(pairs.map((pair) => [`${pair.from} ${pair.to}`, pair])).values()].sort(byName);
}

function importsOf(root: string, file: string): Arrow[] {
  const specifiers = [...readFileSync(join(root, file), 'utf8').matchAll(/\b(?:from|import) '([#.][^']+)'/g)].map(
    (match) => match[1] as string,
  );
  return specifiers
    .map((specifier) => (specifier.startsWith('#') ? `functions/${specifier.slice(1)}.ts` : posix.join(posix.dirname(file), specifier)))
    .filter((imported) => imported.startsWith('functions/'))
    .map((imported) => ({ from: roomOf(file), to: roomOf(imported) }))
    .filter(({ from, to }) => from !== to);
}

/** `functions/watch/judge/judge.ts` is in the room `watch`; `functions/services.ts` is a room too. */
const roomOf = (file: string) => file.split('/')[1] as string;

const byName = (a: Arrow, b: Arrow) => (`${a.from} ${a.to}` < `${b.from} ${b.to}` ? -1 : 1);

/** Leaves out each arrow that follows from others, because a picture of all imports is unreadable. */
export function reduced(arrows: readonly Arrow[]): Arrow[] {
  const next = (node: string) => arrows.filter(({ from }) => from === node).map(({ to }) => to);
  const reaches = (node: string, goal: string): boolean => next(node).some((each) => each === goal || reaches(each, goal));
  return arrows.filter(({ from, to }) => next(from).every((other) => other === to || !reaches(other, to)));
}

/** Throws if a file is in no room, or imports a room that is not below its own. */
export function checkDirection(layers: Layers, arrows: readonly Arrow[]): void {
  const levels = new Map(layers.flatMap((layer, level) => Object.keys(layer).map((room) => [room, level] as const)));
  for (const { from, to } of arrows) {
    const [above, below] = [from, to].map((room) => {
      const level = levels.get(room);
      if (level === undefined) throw new Error(`functions/${room} is in no layer of functions/rooms.json; add it with one sentence`);
      return level;
    }) as [number, number];
    if (below >= above) throw new Error(`functions/${from} imports functions/${to}, which is not below it in functions/rooms.json`);
  }
}
