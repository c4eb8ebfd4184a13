import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { TaskRoots } from '../../../hosts/lambda/task-roots.ts';
import { freshFolder } from '../../assembly.ts';

function stage() {
  const logged: string[] = [];
  const [code, dataDir] = [join(freshFolder(), 'c0de'), freshFolder()];
  mkdirSync(join(code, 'lib'), { recursive: true });
  writeFileSync(join(code, 'lib/index.js'), 'published');
  return { code, dataDir, logged, roots: new TaskRoots(dataDir, (line) => logged.push(line)) };
}
const sourceIn = (folder: string) => readFileSync(join(folder, 'lib/index.js'), 'utf8');

it('gives every process the same copy as long as none has changed it', () => {
  const { roots, code, logged } = stage();

  const copy = roots.copyOf(code);
  readFileSync(join(copy, 'lib/index.js'));

  expect(copy).not.toBe(code);
  expect(roots.copyOf(code)).toBe(copy);
  expect(logged).toEqual([]);
});

it.each<[string, (copy: string) => void]>([
  ['writes over a file with as many bytes', (copy) => writeFileSync(join(copy, 'lib/index.js'), 'tampered!')],
  ['adds a file', (copy) => writeFileSync(join(copy, 'lib/more.js'), '')],
  ['links to nowhere', (copy) => symlinkSync('/nowhere', join(copy, 'link'))],
  ['removes a file', (copy) => rmSync(join(copy, 'lib/index.js'))],
  ['removes everything', (copy) => rmSync(copy, { recursive: true })],
])('makes the copy anew when a process %s, and says so', (_, change) => {
  const { roots, code, logged } = stage();

  change(roots.copyOf(code));
  const again = roots.copyOf(code);

  expect([sourceIn(again), sourceIn(code)]).toEqual(['published', 'published']);
  expect(roots.copyOf(code)).toBe(again);
  expect(logged).toEqual([expect.stringContaining('EROFS')]);
});

it('makes a new copy after a restart, because the old one was unwatched', () => {
  const { roots, code, dataDir } = stage();
  writeFileSync(join(roots.copyOf(code), 'lib/index.js'), 'tampered!');

  expect(sourceIn(new TaskRoots(dataDir, () => undefined).copyOf(code))).toBe('published');
});
