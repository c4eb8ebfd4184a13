import { describe, expect, it } from 'vitest';
import { matchesPattern, validatePattern } from '../../../hosts/events/event-pattern.ts';

const d = (detail: object, more: object = {}) => ({
  source: 'app.runs',
  'detail-type': 'run.done',
  account: '1',
  region: 'us-east-1',
  resources: ['arn:a'],
  time: '2026-01-01T00:00:00Z',
  detail,
  ...more,
});

const cases: [string, Record<string, unknown>, object, boolean][] = [
  ['exact source', { source: ['app.runs'] }, d({}), true],
  ['source no', { source: ['other'] }, d({}), false],
  ['detail-type + source AND', { source: ['app.runs'], 'detail-type': ['x'] }, d({}), false],
  ['OR within array', { detail: { s: ['a', 'b'] } }, d({ s: 'b' }), true],
  ['nested exact', { detail: { a: { b: ['c'] } } }, d({ a: { b: 'c' } }), true],
  ['nested missing', { detail: { a: { b: ['c'] } } }, d({}), false],
  ['prefix', { detail: { s: [{ prefix: 'us-' }] } }, d({ s: 'us-east' }), true],
  ['prefix no', { detail: { s: [{ prefix: 'us-' }] } }, d({ s: 'eu' }), false],
  ['prefix on number value', { detail: { s: [{ prefix: '1' }] } }, d({ s: 12 }), false],
  ['prefix ignore case', { detail: { s: [{ prefix: { 'equals-ignore-case': 'EventB' } }] } }, d({ s: 'eventbridge' }), true],
  ['suffix', { detail: { s: [{ suffix: '.png' }] } }, d({ s: 'a.png' }), true],
  ['suffix ignore case', { detail: { s: [{ suffix: { 'equals-ignore-case': '.PNG' } }] } }, d({ s: 'a.png' }), true],
  ['equals-ignore-case', { detail: { s: [{ 'equals-ignore-case': 'ALICE' }] } }, d({ s: 'Alice' }), true],
  ['anything-but str', { detail: { s: [{ 'anything-but': 'x' }] } }, d({ s: 'y' }), true],
  ['anything-but same', { detail: { s: [{ 'anything-but': 'x' }] } }, d({ s: 'x' }), false],
  ['anything-but absent field', { detail: { s: [{ 'anything-but': 'x' }] } }, d({}), false],
  ['anything-but list', { detail: { s: [{ 'anything-but': ['x', 'y'] }] } }, d({ s: 'y' }), false],
  ['anything-but numbers', { detail: { s: [{ 'anything-but': [1, 2] }] } }, d({ s: 3 }), true],
  ['anything-but prefix', { detail: { s: [{ 'anything-but': { prefix: 'init' } }] } }, d({ s: 'initx' }), false],
  ['anything-but prefix ok', { detail: { s: [{ 'anything-but': { prefix: 'init' } }] } }, d({ s: 'done' }), true],
  ['anything-but prefix list', { detail: { s: [{ 'anything-but': { prefix: ['a', 'b'] } }] } }, d({ s: 'bx' }), false],
  ['anything-but suffix', { detail: { s: [{ 'anything-but': { suffix: '.txt' } }] } }, d({ s: 'a.txt' }), false],
  [
    'anything-but ign case list',
    { detail: { s: [{ 'anything-but': { 'equals-ignore-case': ['INIT', 'STOP'] } }] } },
    d({ s: 'init' }),
    false,
  ],
  ['anything-but wildcard', { detail: { s: [{ 'anything-but': { wildcard: '*/lib/*' } }] } }, d({ s: 'a/lib/b' }), false],
  ['numeric range', { detail: { n: [{ numeric: ['>', 0, '<=', 5] }] } }, d({ n: 5 }), true],
  ['numeric range lo', { detail: { n: [{ numeric: ['>', 0, '<=', 5] }] } }, d({ n: 0 }), false],
  ['numeric =', { detail: { n: [{ numeric: ['=', 3.5] }] } }, d({ n: 3.5 }), true],
  ['numeric on string', { detail: { n: [{ numeric: ['>', 0] }] } }, d({ n: '5' }), false],
  ['exists true', { detail: { s: [{ exists: true }] } }, d({ s: '' }), true],
  ['exists false', { detail: { s: [{ exists: false }] } }, d({}), true],
  ['exists false but present', { detail: { s: [{ exists: false }] } }, d({ s: 0 }), false],
  ['exists true on null', { detail: { s: [{ exists: true }] } }, d({ s: null }), true],
  ['exists true on object (leaf only)', { detail: { s: [{ exists: true }] } }, d({ s: { a: 1 } }), false],
  ['nested exists false w/ absent parent', { detail: { a: { b: [{ exists: false }] } } }, d({}), true],
  ['null literal', { detail: { s: [null] } }, d({ s: null }), true],
  ['null vs absent', { detail: { s: [null] } }, d({}), false],
  ['empty string', { detail: { s: [''] } }, d({ s: '' }), true],
  ['boolean', { detail: { s: [true] } }, d({ s: true }), true],
  ['number exact', { detail: { s: [5] } }, d({ s: 5 }), true],
  ['number vs string', { detail: { s: [5] } }, d({ s: '5' }), false],
  ['array intersect', { detail: { s: ['b'] } }, d({ s: ['a', 'b'] }), true],
  ['array no', { detail: { s: ['z'] } }, d({ s: ['a', 'b'] }), false],
  ['empty array', { detail: { s: ['z'] } }, d({ s: [] }), false],
  ['resources', { resources: ['arn:a'] }, d({}), true],
  ['resources prefix', { resources: [{ prefix: 'arn:' }] }, d({}), true],
  ['wildcard', { detail: { s: [{ wildcard: 'dir/*/f*.png' }] } }, d({ s: 'dir/a/b/foo.png' }), true],
  ['wildcard no', { detail: { s: [{ wildcard: 'dir/*.png' }] } }, d({ s: 'dir/a.jpg' }), false],
  ['wildcard regex chars', { detail: { s: [{ wildcard: 'a.b*' }] } }, d({ s: 'axb' }), false],
  ['cidr', { detail: { ip: [{ cidr: '10.0.0.0/24' }] } }, d({ ip: '10.0.0.200' }), true],
  ['cidr no', { detail: { ip: [{ cidr: '10.0.0.0/24' }] } }, d({ ip: '10.0.1.1' }), false],
  ['cidr v6', { detail: { ip: [{ cidr: '2001:db8::/32' }] } }, d({ ip: '2001:db8::1' }), true],
  ['$or', { detail: { $or: [{ a: ['1'] }, { b: ['2'] }] } }, d({ b: '2' }), true],
  ['$or none', { detail: { $or: [{ a: ['1'] }, { b: ['2'] }] } }, d({ b: '3' }), false],
  ['$or AND sibling', { detail: { x: ['y'], $or: [{ a: ['1'] }, { b: ['2'] }] } }, d({ b: '2', x: 'n' }), false],
  ['$or top level', { $or: [{ source: ['z'] }, { 'detail-type': ['run.done'] }] }, d({}), true],
  ['$or nested obj', { detail: { $or: [{ a: { b: [1] } }, { c: [{ numeric: ['<', 10] }] }] } }, d({ c: 3 }), true],
  [
    'array of objects consistent',
    { detail: { e: { f: ['a'], l: ['z'] } } },
    d({
      e: [
        { f: 'a', l: 'y' },
        { f: 'b', l: 'z' },
      ],
    }),
    false,
  ],
  [
    'array of objects match',
    { detail: { e: { f: ['b'], l: ['z'] } } },
    d({
      e: [
        { f: 'a', l: 'y' },
        { f: 'b', l: 'z' },
      ],
    }),
    true,
  ],
  ['account/region', { account: ['1'], region: [{ prefix: 'us' }] }, d({}), true],
  ['region wrong', { region: ['eu'] }, d({}), false],
];

describe('an EventBridge pattern', () => {
  it.each(cases)('%s', (_, pattern, event, matches) => {
    expect(matchesPattern(pattern, event)).toBe(matches);
  });

  it.each(cases)('is valid: %s', (_, pattern) => {
    expect(() => validatePattern(pattern)).not.toThrow();
  });

  it('refuses a pattern with an unknown operator, a bare value or no condition', () => {
    expect(() => validatePattern({ detail: { a: [{ like: 'x' }] } })).toThrow('there is no operator like');
    expect(() => validatePattern({ source: 'app' })).toThrow('Invalid event pattern');
    expect(() => validatePattern({ $or: [{ detail: { a: [{ like: 'x' }] } }] })).toThrow('there is no operator like');
    expect(() => validatePattern({})).toThrow('Invalid event pattern');
  });
});
