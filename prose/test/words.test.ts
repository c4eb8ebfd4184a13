import { describe, expect, it } from 'vitest';
import { sliceOf } from '../passage.ts';
import { misspelled, ownWords } from '../spelling.ts';
import data from '../words.json' with { type: 'json' };
import { LISTS } from '../words.ts';

const entries = [...data.banned, ...data.glossary, ...data.american];

describe('the word lists', () => {
  it('keep spelling.txt sorted, without doubles', () => {
    expect(ownWords()).toEqual([...new Set(ownWords())].sort());
  });

  it('name a replacement for each listed word', () => {
    for (const { instead } of entries) expect(instead).not.toBe('');
  });

  it('give a reason for each allowed word', () => {
    for (const { reason } of data.allowed) expect(reason.split(' ').length).toBeGreaterThan(2);
  });

  it('allow no British spelling by spelling.txt', () => {
    const text = ownWords().join('. ');

    expect(LISTS.filter(({ rule, pattern }) => rule === 'american' && text.match(pattern))).toEqual([]);
  });

  it('leave British spellings to be found', async () => {
    const passage = { ...sliceOf('colour favourite', 0, 16), kind: 'doc' as const };

    expect((await misspelled([passage])).map(({ message }) => message)).toEqual(['"colour"', '"favourite"']);
  });
});
