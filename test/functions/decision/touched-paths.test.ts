import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countChangedLines, isForbidden, touchedPaths } from '#decision/touched-paths';
import { guidePolicy } from '#policy/policy';

const hunk = (...lines: string[]) => ['diff --git a/x.sql b/x.sql', '--- a/x.sql', '+++ b/x.sql', ...lines].join('\n');

describe('touchedPaths and isForbidden', () => {
  it('finds paths in headers of each kind, also quoted and renamed ones', () => {
    const patch = [
      'diff --git a/src/a.ts b/src/a.ts',
      '--- a/src/a.ts',
      '+++ b/src/a.ts',
      'rename from old name.ts',
      'rename to new.ts',
      'diff --git "a/\\303\\244.ts" "b/\\303\\244.ts"',
      '--- /dev/null',
      '+++ b/made.ts',
    ].join('\n');

    expect(touchedPaths(patch)).toEqual(['src/a.ts', 'old name.ts', 'new.ts', 'ä.ts', 'made.ts']);
  });

  it('takes no path from a removed SQL comment or an added line of plus signs', () => {
    expect(touchedPaths(hunk('@@ -1,2 +1,2 @@', '--- infra/drop.ts', '+++ infra/add.ts', ' kept'))).toEqual(['x.sql']);
  });

  it('reads headers again after the declared length of a hunk, also when a length of 1 is left out', () => {
    const next = ['--- a/next.ts', '+++ b/next.ts'];

    expect(touchedPaths(hunk('@@ -1 +1 @@', '-a', '+b', ...next))).toEqual(['x.sql', 'next.ts']);
    expect(touchedPaths(hunk('@@ -1,3 +1,3 @@ there', ' a', '', '-b', '\\ No newline at end of file', '+c', ...next))).toEqual([
      'x.sql',
      'next.ts',
    ]);
    expect(touchedPaths(hunk('@@ -0,0 +1,2 @@', '+a', '+b', ...next))).toEqual(['x.sql', 'next.ts']);
    expect(touchedPaths(hunk('@@ -1,2 +0,0 @@', '-a', '-b', ...next))).toEqual(['x.sql', 'next.ts']);
  });

  it('reads headers again at once when a hunk is shorter than it declares', () => {
    expect(touchedPaths(hunk('@@ -1,9 +1,9 @@', '-a', 'diff --git a/infra/x b/infra/x'))).toEqual(['x.sql', 'infra/x']);
  });

  it('drops the first folder of a path under any name, as git apply does', () => {
    expect(touchedPaths('--- x/infra/stack.ts\n+++ x/infra/stack.ts')).toEqual(['x/infra/stack.ts', 'infra/stack.ts']);
    expect(touchedPaths('rename from a/f\nrename to b/f')).toEqual(['a/f', 'b/f']);
    expect(touchedPaths('--- plain\n+++ plain')).toEqual(['plain']);
  });

  it('reads git’s own header only when both of its names are equal', () => {
    expect(touchedPaths('diff --git a/with b/in it b/with b/in it\r')).toEqual(['with b/in it']);
    expect(touchedPaths('diff --git a/old.ts b/infra/new.ts')).toEqual([]);
    expect(touchedPaths('diff --git a/xx/b/x')).toEqual([]);
  });

  it('ends a path at the tab before a time, and keeps a quoted tab', () => {
    expect(touchedPaths('--- a/src/a.ts\t2025-10-31\r\n+++ "b/tab\\there \\"q\\" ü"\r')).toEqual(['src/a.ts', 'tab\there "q" ü']);
  });

  it('finds no path in a text that is not a diff', () => {
    expect(touchedPaths('hello\n--\n+++\nrename from\n')).toEqual([]);
  });

  it('finds a forbidden file in each way that git can write its name', () => {
    const prefix = fc.constantFrom('a', 'b', 'i', 'old');
    const wrap = fc.constantFrom(
      (name: string) => name,
      (name: string) => `"${name}"`,
      (name: string) => `${name}\t2025`,
      (name: string) => `${name}\r`,
    );
    fc.assert(
      fc.property(prefix, wrap, fc.constantFrom('infra/a', '.github/x', './infra/a', 'src/../infra/a', '.env'), (folder, write, path) => {
        const touched = touchedPaths(`--- /dev/null\n+++ ${write(`${folder}/${path}`)}\n@@ -0,0 +1 @@\n+x\n`);

        expect(touched.some((each) => isForbidden(each, guidePolicy.forbiddenPaths))).toBe(true);
      }),
      { seed: 11 },
    );
  });

  it.each([
    ['../../outside', true],
    ['a/../b', true],
    ['/etc/passwd', true],
    ['src/.git/config', true],
    ['src/.GIT/config', true],
    ['.gitignore', false],
    ['infra/stack.ts', true],
    ['./infra//stack.ts', true],
    ['infra', true],
    ['infrastructure/a.ts', false],
    ['.env', true],
    ['.env/local', true],
    ['.environment', false],
    ['src/infra/stack.ts', false],
    ['src/a..b/c.ts', false],
  ])('decides if %s is forbidden: %s', (path, forbidden) => {
    expect(isForbidden(path, guidePolicy.forbiddenPaths)).toBe(forbidden);
  });
});

describe('countChangedLines', () => {
  it('counts lines inside hunks only, not the signature below them', () => {
    const patch = hunk('@@ -1,2 +1,3 @@', '--- comment', '+++ plus', '+two', ' kept', '-- ', '2.39.0');

    expect(countChangedLines(patch)).toEqual({ added: 2, removed: 1 });
  });
});
