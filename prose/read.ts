import { longComment, longLines } from './comments.ts';
import type { Finding, Found } from './finding.ts';
import { withoutIgnored } from './ignore.ts';
import { passagesOfMarkdown } from './markdown.ts';
import { type Passage, sliceOf } from './passage.ts';
import { readPassage } from './sentences.ts';
import { misspelled } from './spelling.ts';
import { type Parsed, parsedTypeScript, passagesOfJson } from './typescript.ts';

export interface FileReport {
  readonly findings: readonly Finding[];
  readonly words: readonly number[];
}

const TEST_FILE = /(?:^|\/)tests?\/|\.test\.ts$/;

/** Reads one file by every rule. */
export async function readFile(path: string, source: string): Promise<FileReport> {
  const { passages, comments, directives } = parsed(path, source);
  const reads = passages.map(readPassage);
  const found: Found[] = [
    ...reads.flatMap(({ found }) => found),
    ...(await misspelled(passages)),
    ...longLines(source, comments),
    ...comments.flatMap((comment, index) => longComment(comment, sentencesIn(index, passages, reads))),
  ];
  const lines = lineStarts(source);
  const findings = found.sort((a, b) => a.offset - b.offset).map((one) => located(path, lines, one));
  return { findings: withoutIgnored(path, source, findings, directives), words: reads.flatMap(({ words }) => words) };
}

/** Only a program has strings that could look like a comment for this check. */
function parsed(path: string, source: string): Partial<Parsed> & Pick<Parsed, 'passages' | 'comments'> {
  if (path.endsWith('.md')) return { passages: passagesOfDocument(source), comments: [] };
  if (path.endsWith('.json')) return { passages: passagesOfJson(source), comments: [] };
  return parsedTypeScript(source, !TEST_FILE.test(path));
}

const passagesOfDocument = (source: string): Passage[] =>
  passagesOfMarkdown(sliceOf(source, 0, source.length)).map((text) => ({ ...text, kind: 'doc' }));

/** Tags such as `@param` describe a signature and do not count. */
function sentencesIn(comment: number, passages: readonly Passage[], reads: readonly { words: readonly number[] }[]): number {
  return passages.reduce((sum, passage, index) => {
    const counts = passage.comment === comment && !passage.text.startsWith('@');
    return counts ? sum + (reads[index]?.words.length ?? 0) : sum;
  }, 0);
}

function lineStarts(source: string): number[] {
  const starts = [0];
  for (let index = source.indexOf('\n'); index >= 0; index = source.indexOf('\n', index + 1)) starts.push(index + 1);
  return starts;
}

function located(path: string, lines: readonly number[], { offset, ...rest }: Found): Finding {
  const after = lines.findIndex((start) => start > offset);
  const line = after < 0 ? lines.length : after;
  return { path, line, column: offset - (lines[line - 1] ?? 0) + 1, ...rest };
}
