import { describe, expect, it } from 'vitest';
import { guidePolicy } from '#domain/policy';
import { configurationSchema } from '../../cli/register.ts';
import storefront from '../../examples/storefront/application.json' with { type: 'json' };

const described = { ...storefront, repositoryUrl: 'https://git.example/storefront.git' };
const read = (more: object = {}) => configurationSchema.parse({ ...described, ...more });

describe('what an operator registers', () => {
  it('has the guide’s policy where it says nothing', () => {
    expect(read().policy).toEqual(guidePolicy);
  });

  it('changes what it names, and gives that policy a version of its own', () => {
    const { policy } = read({ policy: { production: { strategy: 'canary', limits: { errorRatePercent: 1 } } } });

    expect(policy).toEqual({
      ...guidePolicy,
      version: expect.stringMatching(/^storefront-[0-9a-f]{12}$/),
      production: { ...guidePolicy.production, strategy: 'canary', limits: { ...guidePolicy.production.limits, errorRatePercent: 1 } },
    });
    expect(policy.version).not.toBe(read({ policy: { production: { strategy: 'a-b' } } }).policy.version);
    expect(read({ policy: { version: 'bank-7' } }).policy.version).toBe('bank-7');
  });

  it.each([
    [{ policy: { production: { strategi: 'canary' } } }, /strategi/],
    [{ policy: { staging: { approval: { quorum: 2 } } } }, /only production has approvers/],
    [{ policy: { production: { approval: { quorum: 3 } } } }, /2 approvers can never be 3/],
    [{ colour: 'red' }, /colour/],
    [{ repositoryTokenSecret: 'sluice/storefront/chat' }, /sluice\/git\//],
    [{ approvers: { production: [] } }, /approvers/],
  ])('is refused by place where it cannot be: %#', (more, message) => {
    expect(() => read(more)).toThrow(message);
  });
});
