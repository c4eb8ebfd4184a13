export type Kind = 'doc' | 'comment' | 'test' | 'string';

/** Text that people read, with the place of each character in its file. */
export interface Passage {
  readonly kind: Kind;
  readonly text: string;
  /** For each character of `text`: its offset in the file. */
  readonly at: readonly number[];
  /** Passages of one comment share a number. */
  readonly comment?: number;
  /** A test's own name, not the name of its group. */
  readonly testName?: boolean;
}

/** Stands for code, a URL or an inserted value: one word that no rule reads. */
export const PLACEHOLDER = 'Xxx';

export type Text = Pick<Passage, 'text' | 'at'>;

export const sliceOf = (source: string, start: number, end: number): Text => ({
  text: source.slice(start, end),
  at: Array.from({ length: end - start }, (_, index) => start + index),
});

export const placed = (text: string, offset: number): Text => ({ text, at: Array.from(text, () => offset) });

export const joined = (parts: readonly Text[]): Text => ({
  text: parts.map(({ text }) => text).join(''),
  at: parts.flatMap(({ at }) => at),
});

export const cut = ({ text, at }: Text, start: number, end?: number): Text => ({ text: text.slice(start, end), at: at.slice(start, end) });

/** Replaces each match; the replacement stands where the match began. */
export function replaced(passage: Text, pattern: RegExp, by: string | ((match: string) => string)): Text {
  const parts: Text[] = [];
  let from = 0;
  for (const match of passage.text.matchAll(pattern)) {
    const text = typeof by === 'string' ? by : by(match[0]);
    parts.push(cut(passage, from, match.index), placed(text, passage.at[match.index] ?? 0));
    from = match.index + match[0].length;
  }
  return parts.length === 0 ? passage : joined([...parts, cut(passage, from)]);
}

const CODE_SPAN = /`[^`\n]*`/g;
const URL = /\b(?:https?|wss?|arn|file|mailto|s3):[^\s)\]}"'<>]+/g;
const PATH = /(?<![\w<])(?:[\w@#.$*-]*\/)+[\w.$*-]*\w(?:\/|\b)|\b[\w-]+\.(?:ts|mts|mjs|js|json|md|yml|sh|svg|html|txt|zip)\b/g;
const NAME = /(?<!\w)(?!^@)(?:--?[a-z][\w-]*|[$%@#][A-Za-z][\w.]*|\w+_\w+|[a-z]+[A-Z]\w*|\w+(?:\.\w*[a-z]\w*)+\b(?:\(\))?)/g;
const ABBREVIATION = /\b(?:e\.g|i\.e)\./g;

/** Masks what is not prose: code spans, URLs, paths, options and identifiers. */
export function withoutCode(passage: Text): Text {
  const spelledOut = replaced(passage, ABBREVIATION, 'namely');
  return [CODE_SPAN, URL, PATH, NAME].reduce((text, pattern) => replaced(text, pattern, PLACEHOLDER), spelledOut);
}
