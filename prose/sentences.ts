import type { Nodes, Parents, Root, Sentence } from 'nlcst';
import retextEnglish from 'retext-english';
import retextIndefiniteArticle from 'retext-indefinite-article';
import retextRepeatedWords from 'retext-repeated-words';
import { unified } from 'unified';
import { VFile } from 'vfile';
import type { Found } from './finding.ts';
import { type Passage, PLACEHOLDER } from './passage.ts';
import { LISTS, type Listed } from './words.ts';

export const MOST_WORDS = 25;

const english = unified().use(retextEnglish).use(retextRepeatedWords).use(retextIndefiniteArticle).freeze();

export interface Read {
  readonly found: readonly Found[];
  /** The number of words of each sentence. */
  readonly words: readonly number[];
}

/** Reads one passage by every rule about sentences and words. */
export function readPassage(passage: Passage): Read {
  const file = new VFile(passage.text);
  const tree = english.parse(file) as Root;
  const sentences = sentencesOf(tree);
  const words = sentences.map((sentence) => wordsOf(sentence).length);
  const found = sentences.flatMap((sentence, index) => [
    ...lengthOf(passage, sentence, words[index] ?? 0),
    ...listedIn(passage, sentence),
    ...clauseIn(passage, sentence),
  ]);
  return { words, found: [...found, ...byRetext(passage, tree, file), ...startOf(passage)] };
}

function sentencesOf(node: Nodes): Sentence[] {
  if (node.type === 'SentenceNode') return wordsOf(node).length > 0 ? [node] : [];
  return 'children' in node ? (node as Parents).children.flatMap(sentencesOf) : [];
}

const wordsOf = (sentence: Sentence) => sentence.children.filter(({ type }) => type === 'WordNode');

const placeOf = ({ at }: Passage, index = 0): number => at[Math.min(index, at.length - 1)] ?? 0;
const startIn = (node: Nodes): number => node.position?.start.offset ?? 0;

function lengthOf(passage: Passage, sentence: Sentence, words: number): Found[] {
  if (words <= MOST_WORDS) return [];
  const message = `${words} words in one sentence`;
  return [
    {
      offset: placeOf(passage, startIn(sentence)),
      rule: 'sentence-length',
      message,
      instead: `split it; at most ${MOST_WORDS} words, better 20`,
    },
  ];
}

/** Longer lists stand first in words.json; a later entry does not find the same words again. */
function listedIn(passage: Passage, sentence: Sentence): Found[] {
  const start = startIn(sentence);
  const text = passage.text.slice(start, sentence.position?.end.offset);
  const taken: { from: number; to: number }[] = [];
  return LISTS.flatMap((listed) =>
    [...text.matchAll(listed.pattern)].flatMap((match) => {
      const to = match.index + match[0].length;
      if (taken.some((other) => match.index < other.to && other.from < to)) return [];
      taken.push({ from: match.index, to });
      return [foundWord(listed, match[0], placeOf(passage, start + match.index))];
    }),
  );
}

function foundWord({ rule, entry }: Listed, match: string, offset: number): Found {
  const words = match.trim().split(/\s+/);
  const shown = words.length > 5 ? `${words.slice(0, 3).join(' ')} … ${words.at(-1)}` : words.join(' ');
  const reason = entry.reason ? ` (${entry.reason})` : '';
  return { offset, rule, message: `"${shown}"${reason}`, instead: entry.instead };
}

function byRetext(passage: Passage, tree: Root, file: VFile): Found[] {
  english.runSync(tree, file);
  return file.messages.flatMap(({ place, source, reason, actual = '', expected }) => {
    const offset = place && 'start' in place ? place.start.offset : undefined;
    if (offset === undefined || passage.text.slice(offset, offset + 40).includes(PLACEHOLDER)) return [];
    const rule = source === 'retext-repeated-words' ? 'repeated-word' : 'article';
    const instead = rule === 'article' ? (expected?.join(' or ') ?? reason) : 'one of them';
    return [{ offset: placeOf(passage, offset), rule, message: `"${actual}"`, instead } as const];
  });
}

const LEANING = /^(?:that|whose|who|whom|which|of|by|with|and|but|or|nor)\b/i;
const CLAUSE = /^(Whether|What|Who|Of|Of what|By what) (?:[\w'’-]+[,;:]? ){3}[^?]*$/i;

function clauseIn(passage: Passage, sentence: Sentence): Found[] {
  const isNamed = passage.kind === 'test' && !LEANING.test(passage.text);
  if (passage.kind !== 'comment' && !isNamed) return [];
  const start = startIn(sentence);
  const word = CLAUSE.exec(passage.text.slice(start, sentence.position?.end.offset))?.[1];
  if (!word) return [];
  const message = `begins with a clause: "${word} …"`;
  return [{ offset: placeOf(passage, start), rule: 'subject-first', message, instead: 'subject first: "True if …", "The fields that …"' }];
}

function startOf(passage: Passage): Found[] {
  const first = passage.testName ? LEANING.exec(passage.text)?.[0] : undefined;
  if (!first) return [];
  const message = `begins with "${first}" and needs its describe`;
  return [{ offset: placeOf(passage), rule: 'test-name', message, instead: 'a sentence that stands alone: does X when Y' }];
}
