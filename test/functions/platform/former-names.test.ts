import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { withFormerNames } from '#platform/former-names';

const schema = withFormerNames(z.strictObject({ judgeBy: z.string(), other: z.number().optional() }), { evidence: 'judgeBy' });

describe('withFormerNames', () => {
  it('reads a field under its former or present name, and returns the present one', () => {
    expect(schema.parse({ evidence: 'literal', other: 1 })).toEqual({ judgeBy: 'literal', other: 1 });
    expect(schema.parse({ judgeBy: 'literal' })).toEqual({ judgeBy: 'literal' });
  });

  it('refuses a field that is given under both names', () => {
    expect(() => schema.parse({ evidence: 'literal', judgeBy: 'sequential' })).toThrow('evidence');
  });

  it('lets the schema refuse a value that is not an object', () => {
    for (const value of [null, undefined, 'text', []]) expect(schema.safeParse(value).success).toBe(false);
  });
});
