import { readFileSync } from 'node:fs';
import { type CSpellUserSettings, createTextDocument, DocumentValidator, suggestionsForWord } from 'cspell-lib';
import type { Found } from './finding.ts';
import { joined, type Passage, PLACEHOLDER, placed } from './passage.ts';
import { ALLOWED } from './words.ts';

export const WORD_LIST = new URL('spelling.txt', import.meta.url);

export const ownWords = (): string[] => readFileSync(WORD_LIST, 'utf8').split('\n').filter(Boolean);

const settings = (): CSpellUserSettings => ({
  language: 'en-US',
  words: [...ownWords(), ...ALLOWED, PLACEHOLDER],
  dictionaries: ['en_us', 'softwareTerms', 'typescript', 'node', 'aws'],
  maxNumberOfProblems: 10_000,
  maxDuplicateProblems: 10_000,
  numSuggestions: 3,
  caseSensitive: false,
});

const OPTIONS = { noConfigSearch: true, generateSuggestions: false } as const;

/** Checks the words of one file's passages by cspell in American English. */
export async function misspelled(passages: readonly Passage[]): Promise<Found[]> {
  if (passages.length === 0) return [];
  const all = joined(passages.flatMap((passage) => [passage, placed('\n\n', 0)]));
  const document = createTextDocument({ uri: 'file:///prose.txt', content: all.text, languageId: 'plaintext', locale: 'en-US' });
  const validator = new DocumentValidator(document, OPTIONS, own);
  await validator.prepare();
  const issues = validator.checkDocument();
  return Promise.all(
    issues.map(async ({ text, offset }) => ({
      offset: all.at[offset] ?? 0,
      rule: 'spelling' as const,
      message: `"${text}"`,
      instead: await better(text),
    })),
  );
}

const own = settings();
const known = new Map<string, Promise<string>>();

function better(word: string): Promise<string> {
  const before = known.get(word) ?? suggested(word);
  known.set(word, before);
  return before;
}

async function suggested(word: string): Promise<string> {
  const { suggestions } = await suggestionsForWord(word, { numSuggestions: 2, languageId: 'plaintext', locale: 'en-US' }, own);
  const words = suggestions.slice(0, 2).map((suggestion) => suggestion.word);
  return words.length > 0 ? `${words.join(' or ')}; a name belongs in backticks or in prose/spelling.txt` : 'another word, or backticks';
}
