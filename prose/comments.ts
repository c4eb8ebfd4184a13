import type { Found } from './finding.ts';
import type { CommentPlace } from './typescript.ts';

export const LONGEST_LINE = 120;
export const MOST_SENTENCES = 2;

/** A comment on its own lines is measured with its indentation, one behind code without the code. */
export function longLines(source: string, comments: readonly CommentPlace[]): Found[] {
  return comments.flatMap(({ start, end }) => {
    const lineStart = source.lastIndexOf('\n', start - 1) + 1;
    const alone = source.slice(lineStart, start).trim() === '';
    let offset = alone ? lineStart : start;
    return source
      .slice(offset, end)
      .split('\n')
      .flatMap((line) => {
        const from = offset;
        offset += line.length + 1;
        return line.trimEnd().length > LONGEST_LINE ? [longLine(Math.max(from, start), line.trimEnd().length)] : [];
      });
  });
}

const longLine = (offset: number, length: number): Found => ({
  offset,
  rule: 'comment-line',
  message: `${length} characters in a comment line`,
  instead: `at most ${LONGEST_LINE}`,
});

export function longComment({ start }: CommentPlace, sentences: number): Found[] {
  if (sentences <= MOST_SENTENCES) return [];
  const message = `${sentences} sentences in one comment`;
  return [
    { offset: start, rule: 'comment-sentences', message, instead: `at most ${MOST_SENTENCES}; move the rest to the docs or drop it` },
  ];
}
