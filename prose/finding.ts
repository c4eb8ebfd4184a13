export const RULES = {
  'sentence-length': 'a sentence of more than 25 words',
  'banned-word': 'a word or phrase of words.json, "banned"',
  glossary: 'a word that has another meaning here: words.json, "glossary"',
  spelling: 'a word that American English, the software dictionaries and spelling.txt do not know',
  american: 'a British spelling that dictionaries accept: words.json, "american"',
  'subject-first': 'a comment or test name that begins with a clause: "What …", "Whether …", "Who …", "Of …"',
  'comment-sentences': 'a comment of more than two sentences',
  'comment-line': 'a comment line of more than 120 characters',
  'test-name': 'a test name that needs its describe to be read',
  'repeated-word': 'the same word twice in a row',
  article: 'the wrong one of the two indefinite articles',
  ignored: 'a `prose-ignore` that hides nothing, or that has no reason',
} as const;

export type Rule = keyof typeof RULES;

export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly rule: Rule;
  readonly message: string;
  readonly instead: string;
}

/** A finding before its offset is a line and a column. */
export interface Found extends Pick<Finding, 'rule' | 'message' | 'instead'> {
  readonly offset: number;
}
