import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { importsOf, type Layers, roomOf } from '../../lint/rooms.ts';
import type { Arrow } from './layout.ts';

export { type Layers, readLayers } from '../../lint/rooms.ts';

/** Lists which room imports which, once for each pair. */
export function roomImports(root: string): Arrow[] {
  const paths = globSync('functions/**/*.ts', { cwd: root }).map((path) => path.replaceAll('\\', '/'));
  const known = new Set(paths);
  const pairs = paths.flatMap((path) =>
    importsOf({ path, text: readFileSync(join(root, path), 'utf8') }, known)
      .flatMap(({ target }) => (target ? { from: roomOf(path), to: roomOf(target) } : []))
      .filter(({ from, to }) => from !== to),
  );
  return [...new Map(pairs.map((pair) => [`${pair.from} ${pair.to}`, pair])).values()].sort(byName);
}

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
