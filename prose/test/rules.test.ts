import { describe, expect, it } from 'vitest';
import type { Rule } from '../finding.ts';
import { readFile } from '../read.ts';

const found = async (path: string, source: string) =>
  (await readFile(path, source)).findings.map(({ rule, line, column }) => `${rule} ${line}:${column}`);

const words = (count: number) => `Each${' step'.repeat(count - 1)}.`;

interface Case {
  readonly rule: Rule;
  readonly path: string;
  readonly bad: string;
  readonly at: string;
  readonly good: string;
}

const cases: readonly Case[] = [
  { rule: 'sentence-length', path: 'a.md', bad: `# Title\n\nShort one. ${words(26)}\n`, at: '3:12', good: `${words(25)} ${words(25)}\n` },
  {
    rule: 'sentence-length',
    path: 'a.md',
    bad: `| a | b |\n|---|---|\n| c | ${words(26)} |\n`,
    at: '3:7',
    good: `| a | b |\n|---|---|\n| ${words(20)} | ${words(20)} |\n`,
  },
  {
    rule: 'sentence-length',
    path: 'a.ts',
    bad: `/**\n * ${words(13).replace('.', '')}\n * ${words(13)}\n */\n`,
    at: '2:4',
    good: `/**\n * ${words(13)}\n * ${words(13)}\n */\n`,
  },
  {
    rule: 'sentence-length',
    path: 'a.ts',
    bad: `const a = 'one ' +\n  '${words(25)}';\n`,
    at: '1:12',
    good: `const a = ['one ', '${words(25)}'];\n`,
  },
  {
    rule: 'banned-word',
    path: 'a.md',
    bad: 'Each\nclick of **whoever** may look.\n',
    at: '2:12',
    good: 'Each click of `whoever` may look.\n',
  },
  {
    rule: 'banned-word',
    path: 'a.ts',
    bad: `throw new Error(\`the file \${1} was sent by nobody\`);\n`,
    at: '1:44',
    good: `throw new Error(\`nobody \${1}\`);\n`,
  },
  { rule: 'banned-word', path: 'a.ts', bad: '// It neither waits nor stops.\n', at: '1:7', good: '// It goes on.\n' },
  {
    rule: 'banned-word',
    path: 'a.ts',
    bad: 'const p = html`<p class="nobody">\n<b>It</b> shows nobody a link.</p>`;\n',
    at: '2:17',
    good: 'const p = html`<p class="nobody">It shows you a link.</p>`;\n',
  },
  {
    rule: 'banned-word',
    path: 'a.asl.json',
    bad: '{\n  "Comment": "Ask and then tell whoever waits."\n}\n',
    at: '2:33',
    good: '{ "Output": "{% $tell and then tell whoever waits %}" }\n',
  },
  { rule: 'glossary', path: 'a.ts', bad: 'f(); // The server answers late.\n', at: '1:13', good: 'f(); // The approver answers late.\n' },
  {
    rule: 'spelling',
    path: 'a.md',
    bad: 'The `colour` has a colour.\n',
    at: '1:20',
    good: 'The `colour` has a color. See https://example.com/colour and docs/colour.md.\n',
  },
  {
    rule: 'american',
    path: 'a.ts',
    bad: '/** Stores one artefact. */\n',
    at: '1:16',
    good: '/** Stores one artifact; the release is cancelled. */\n',
  },
  {
    rule: 'subject-first',
    path: 'a.ts',
    bad: '/** Whether the release may go on. */\n',
    at: '1:5',
    good: '/** True if the release may go on. */\n',
  },
  {
    rule: 'comment-sentences',
    path: 'a.ts',
    bad: '\n// One is here.\n// Two is here. Three is here.\n',
    at: '2:1',
    good: '/**\n * One is here. Two is here.\n * @param a Three is here.\n */\n',
  },
  {
    rule: 'comment-line',
    path: 'a.ts',
    bad: `  // ${'a b '.repeat(29)}c\n`,
    at: '1:3',
    good: `f('${'a'.repeat(60)}'); // ${'a b '.repeat(20)}c\n`,
  },
  {
    rule: 'test-name',
    path: 'a.test.ts',
    bad: "describe('a click', () => {\n  it.each(rows)('that is late by %s', f);\n});\n",
    at: '2:18',
    good: "describe('of a click', () => {\n  it('keeps the lock', f);\n});\n",
  },
  {
    rule: 'repeated-word',
    path: 'a.md',
    bad: 'Sluice waits for the the lock.\n',
    at: '1:18',
    good: 'Sluice waits for the `a` `a` lock.\n',
  },
  { rule: 'article', path: 'a.md', bad: 'It sends a event.\n', at: '1:10', good: 'It sends an event.\n' },
  {
    rule: 'ignored',
    path: 'a.ts',
    bad: '// prose-ignore spelling: the name of a band\nf();\n',
    at: '1:1',
    good: '// prose-ignore spelling: the name of a band\n// The Colourful Five play.\n',
  },
];

describe('prose rules', () => {
  it.each(cases)('finds $rule in $bad at $at', async ({ rule, path, bad, at }) => {
    expect(await found(path, bad)).toContain(`${rule} ${at}`);
  });

  it.each(cases)('finds no $rule in $good', async ({ rule, path, good }) => {
    expect((await readFile(path, good)).findings.filter((finding) => finding.rule === rule)).toEqual([]);
  });

  it('reads no strings of a test, and no tables between the marks of a generated part', async () => {
    expect(await found('test/a.ts', "f('this was sent by nobody');\n")).toEqual([]);
    expect(await found('a.md', '<!-- generated -->\n\n| nobody |\n|---|\n\n<!-- end of generated -->\n')).toEqual([]);
    expect(await found('a.md', '| nobody |\n|---|\n')).toEqual(['banned-word 1:3']);
  });

  it('takes a prose-ignore inside a string for text', async () => {
    expect(await found('a.ts', "f('// prose-ignore spelling: none');\n")).toEqual([]);
  });

  it('reads no SQL', async () => {
    expect(await found('a.ts', "f('select whoever from rows where key is null');\n")).toEqual([]);
  });

  it('hides a finding only where prose-ignore has a reason', async () => {
    expect(await found('a.md', '<!-- prose-ignore spelling: quoted from AWS -->\nThe colour.\n')).toEqual([]);
    expect(await found('a.md', '<!-- prose-ignore spelling -->\nThe colour.\n')).toEqual(['spelling 2:5', 'ignored 1:1']);
  });
});
