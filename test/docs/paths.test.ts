import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const pages = globSync(['*.md', '{docs,statemachine,emulator,test}/**/*.md'], { cwd: root, exclude: ['**/node_modules/**'] }).sort();
const folders = '(?:functions|infra|statemachine|emulator|cli|test|docs|examples)/';

/** True if the path names a file: a placeholder or an ellipsis names none. */
const isConcrete = (path: string) => !/[<>…*{}]/.test(path);

/** Lists paths in backticks, from the root, and relative links, from the page. */
function citedBy(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8').replaceAll(/```[\s\S]*?```/g, '');
  const marked = [...text.matchAll(new RegExp(`\`(${folders}[^\`\\s]*)\``, 'g'))].map(([, path = '']) => path);
  const linked = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map(([, path = '']) => join(dirname(page), path));
  return [...marked, ...linked].filter(isConcrete);
}

/** The anchor that GitHub makes for a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

function deadAnchors(page: string): string[] {
  const links = [...readFileSync(join(root, page), 'utf8').matchAll(/\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)/g)];
  return links
    .filter(([, path, anchor = '']) => {
      const target = readFileSync(join(root, path ? join(dirname(page), path) : page), 'utf8');
      return ![...target.matchAll(/^#+ (.+)$/gm)].some(([, heading = '']) => anchorOf(heading) === anchor);
    })
    .map(([link]) => link);
}

describe('the pages', () => {
  it.each(pages)('%s cites only files that exist', (page) => {
    expect(citedBy(page).filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it.each(pages)('%s links only to headings that exist', (page) => {
    expect(deadAnchors(page)).toEqual([]);
  });

  it.each(pages.filter((page) => page !== 'GLOSSARY.md' && !page.includes('fixtures/')))('%s links the glossary', (page) => {
    expect(readFileSync(join(root, page), 'utf8')).toMatch(/\]\((?:\.\.\/)*GLOSSARY\.md\)/);
  });
});

describe('the requirements', () => {
  const requirements = readFileSync(join(root, 'docs/reference/requirements.md'), 'utf8');
  const ids = [...requirements.matchAll(/^\| (R-[A-Z]+-\d+) \|/gm)].map(([, id]) => id as string);

  it('have each id once', () => {
    expect(ids).toEqual([...new Set(ids)]);
  });

  it('contain each id that a source, a test or a page cites', () => {
    const files = globSync(['{functions,infra,statemachine,emulator,cli,test,examples,docs}/**/*.{ts,md,json}', '*.md'], {
      cwd: root,
      exclude: ['**/node_modules/**', '**/fixtures/**'],
    });
    const cited = files.flatMap((file) => readFileSync(join(root, file), 'utf8').match(/\bR-[A-Z]+-\d+\b/g) ?? []);
    expect([...new Set(cited)].filter((id) => !ids.includes(id))).toEqual([]);
  });
});
