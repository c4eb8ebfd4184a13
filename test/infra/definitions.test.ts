import validate from 'asl-validator';
import { describe, expect, it } from 'vitest';
import { machineNames, rawDefinition } from '../../statemachine/definitions.ts';

describe('the machines’ files', () => {
  it.each(machineNames)('%s is valid Amazon States Language before substitution', (name) => {
    const { isValid, errors } = validate(JSON.parse(rawDefinition(name)), { checkArn: false });

    expect(errors.map(({ Message }) => Message)).toEqual([]);
    expect(isValid).toBe(true);
  });

  it.each(machineNames)('%s stays under 200 lines and its expressions under 100 characters', (name) => {
    const text = rawDefinition(name);
    const expressions = [...text.matchAll(/\{%(.*?)%\}/g)].map((match) => (match[1] as string).trim());

    expect(text.split('\n').length).toBeLessThan(200);
    expect(expressions.filter((expression) => expression.length >= 100)).toEqual([]);
  });
});
