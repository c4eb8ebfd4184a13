import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const check = (...args: string[]) => spawnSync(process.execPath, ['prose/check.ts', ...args], { cwd: root, encoding: 'utf8' });

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(root, 'prose/test/written-'));
  writeFileSync(join(folder, 'bad.md'), '# Title\n\nSent by nobody.\n');
  writeFileSync(join(folder, 'good.md'), 'Sluice sends it.\n');
  writeFileSync(join(folder, 'broken.ts'), 'const = ;\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('npm run prose', () => {
  it('ends with 0 where a file has no finding', () => {
    const { status, stdout } = check(join(folder, 'good.md'));

    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: '0 findings in 1 files; 1 sentences, 0 of them with 21 to 25 words (no finding).\n',
    });
  });

  it('ends with 2 and names the place, the rule and the better word', () => {
    const { status, stdout } = check(relative(root, join(folder, 'bad.md')));

    expect(status).toBe(2);
    expect(stdout).toMatch(/written-\w+\/bad\.md:3:9 {2}banned-word {2}"nobody" \(.*\) — name the actor/);
    expect(stdout).toMatch(/By rule:\n +1 {2}banned-word\n\nBy folder:\n +1 {2}prose\/test\n/);
  });

  it('prints the findings as JSON', () => {
    const { findings, byRule } = JSON.parse(check('--json', join(folder, 'bad.md')).stdout);

    expect(byRule).toEqual({ 'banned-word': 1 });
    expect(findings).toMatchObject([{ line: 3, column: 9, rule: 'banned-word' }]);
  });

  it.each([
    ['a file that no parser reads', 'broken.ts', /broken\.ts cannot be read: /],
    ['a file that is missing', 'missing.md', /no Markdown, TypeScript or state machine in /],
  ])('ends with 1 for %s', (_, name, message) => {
    const { status, stderr } = check(join(folder, name));

    expect(status).toBe(1);
    expect(stderr).toMatch(message);
  });

  it('has no type errors', () => {
    expect(spawnSync('npx', ['tsc', '-p', 'prose'], { cwd: root, encoding: 'utf8' }).stdout).toBe('');
  });
});
