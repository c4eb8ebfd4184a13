import type { Rule } from './finding.ts';
import data from './words.json' with { type: 'json' };

/** In a `phrase`, `|` splits alternatives of one word and `…` is a gap of at most six words. */
export interface Entry {
  readonly phrase?: string;
  readonly regex?: string;
  readonly instead: string;
  readonly reason?: string;
}

export interface Listed {
  readonly rule: Rule;
  readonly pattern: RegExp;
  readonly entry: Entry;
}

const WORD = "[\\w'’-]+";
const GAP = 6;

export function patternOf({ phrase, regex }: Entry): RegExp {
  if (regex !== undefined) return new RegExp(regex, 'giu');
  const words = (phrase ?? '').split(' ').map((word) => (word === '…' ? `(?:${WORD} ){0,${GAP}}?` : `(?:${word}) `));
  const body = words.join('').trimEnd();
  return new RegExp(`(?<![\\w-])${body.replaceAll(' ', '\\s+')}(?![\\w-])`, 'giu');
}

const listed = (rule: Rule, entries: readonly Entry[]): Listed[] => entries.map((entry) => ({ rule, entry, pattern: patternOf(entry) }));

export const LISTS: readonly Listed[] = [
  ...listed('banned-word', data.banned),
  ...listed('glossary', data.glossary),
  ...listed('american', data.american),
];

export const ALLOWED: readonly string[] = data.allowed.map(({ word }) => word);
