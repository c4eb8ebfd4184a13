import { describe, expect, it } from 'vitest';
import { conditionHolds, resolve } from '../../stack/intrinsics.ts';
import type { Json } from '../../stack/references.ts';
import { creationOrder } from '../../stack/template.ts';
import { pseudo } from '../assembly.ts';

const template = {
  Parameters: { Stage: { Type: 'String', Default: 'dev' } },
  Mappings: { Sizes: { dev: { memory: 128 } } },
  Conditions: { IsDev: { 'Fn::Equals': [{ Ref: 'Stage' }, 'dev'] }, NotDev: { 'Fn::Not': [{ Condition: 'IsDev' }] } },
  Resources: {},
};
const scope = {
  template,
  pseudoParameters: { 'AWS::Region': 'us-east-1', 'AWS::AccountId': '000000000000' },
  resource: (id: string) => (id === 'Queue' ? { ref: 'http://q', attributes: { Arn: 'arn:q', 'Nested.Value': 'n' } } : undefined),
};
const placeholder = (name: string) => `\${${name}}`;

describe('an intrinsic function', () => {
  it.each<[string, Json, Json]>([
    ['Ref of a resource', { Ref: 'Queue' }, 'http://q'],
    ['Ref of a parameter', { Ref: 'Stage' }, 'dev'],
    ['Ref of a pseudo parameter', { Ref: 'AWS::Region' }, 'us-east-1'],
    ['GetAtt as a list', { 'Fn::GetAtt': ['Queue', 'Arn'] }, 'arn:q'],
    ['GetAtt as a string with a dotted attribute', { 'Fn::GetAtt': 'Queue.Nested.Value' }, 'n'],
    [
      'Sub',
      { 'Fn::Sub': `${pseudo('Region')}/${placeholder('Queue.Arn')}/${placeholder('!Literal')}` },
      `us-east-1/arn:q/${placeholder('Literal')}`,
    ],
    ['Sub with its own variables', { 'Fn::Sub': [`${placeholder('X')}-${placeholder('Queue')}`, { X: { Ref: 'Stage' } }] }, 'dev-http://q'],
    ['Join', { 'Fn::Join': [':', ['a', { Ref: 'Stage' }]] }, 'a:dev'],
    ['Split and Select', { 'Fn::Select': [1, { 'Fn::Split': [':', 'a:b:c'] }] }, 'b'],
    ['FindInMap', { 'Fn::FindInMap': ['Sizes', { Ref: 'Stage' }, 'memory'] }, 128],
    ['If', { 'Fn::If': ['IsDev', 'yes', 'no'] }, 'yes'],
    [
      'NoValue, which leaves nothing behind',
      { a: { 'Fn::If': ['NotDev', 1, { Ref: 'AWS::NoValue' }] }, b: [{ Ref: 'AWS::NoValue' }, 2] },
      { b: [2] },
    ],
    ['nothing in a policy condition', { Condition: { StringEquals: { a: 'b' } } }, { Condition: { StringEquals: { a: 'b' } } }],
  ])('resolves %s', (_, value, expected) => {
    expect(resolve(value, scope)).toEqual(expected);
  });

  it.each<[Json, string]>([
    [{ 'Fn::ImportValue': 'other' }, 'Fn::ImportValue is not supported locally'],
    [{ 'Fn::Length': [] }, 'Fn::Length is not supported locally'],
    [{ Ref: 'Nobody' }, 'Nothing in the template is called Nobody'],
    [{ 'Fn::GetAtt': ['Queue', 'Colour'] }, 'Queue has no attribute Colour'],
    [{ 'Fn::Select': [5, ['a']] }, 'out of range'],
    [{ 'Fn::FindInMap': ['Sizes', 'prod', 'memory'] }, 'maps nothing to Sizes.prod.memory'],
  ])('refuses an intrinsic function by name: %j', (value, message) => {
    expect(() => resolve(value, scope)).toThrow(message);
  });

  it('decides conditions', () => {
    expect([conditionHolds('IsDev', scope), conditionHolds('NotDev', scope)]).toEqual([true, false]);
  });
});

describe('the creation order', () => {
  const of = (Properties: Json, DependsOn?: string[]) => ({ Type: 'T', Properties, DependsOn });

  it('puts each resource behind what it refers to in any way', () => {
    const resources = {
      A: of({ x: { 'Fn::Sub': `-${placeholder('B.Arn')}-${pseudo('Region')}` } }),
      B: of({ x: { 'Fn::Join': ['', [{ 'Fn::GetAtt': ['C', 'Arn'] }]] } }),
      C: of({}, ['D']),
      D: of({ x: { 'Fn::If': ['IsDev', { Ref: 'E' }, 1] } }),
      E: of({}),
    };

    expect(creationOrder(resources)).toEqual(['E', 'D', 'C', 'B', 'A']);
  });

  it('names a cycle', () => {
    const resources = { A: of({ Ref: 'B' }), B: of({ Ref: 'A' }) };

    expect(() => creationOrder(resources)).toThrow('A → B → A');
  });
});
