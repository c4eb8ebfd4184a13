import { describe, expect, it } from 'vitest';
import { attemptsOf, notReturned, standing, unverified } from '#domain/rollback';
import { releaseIn } from './deployment-fixture.ts';

const baseline = { version: '1', codeSha256: 'old', revision: 'r1' };
const release = releaseIn('production', { baseline, candidateVersion: '2' });

describe('a rollback that the target refused', () => {
  it.each([
    ['all', { version: '2', codeSha256: 'new', revision: 'r2' }],
    ['a share', { ...baseline, candidate: { version: '2', weightPercent: 10 } }],
  ])('is not verified by the health of the candidate that still has %s of the traffic', (_, serving) => {
    expect(notReturned(release, serving)).toMatchObject({ verdict: 'Failed', detail: expect.stringContaining('2 still serves') });
  });

  it('is no such thing where the old version, or somebody else’s, serves', () => {
    expect(notReturned(release, baseline)).toBeUndefined();
    expect(notReturned(release, { ...baseline, version: '3' })).toBeUndefined();
    expect(notReturned({ ...release, candidateVersion: '1' }, baseline)).toBeUndefined();
  });

  it('counts as an attempt although it left nothing', () => {
    const rollback = { reason: 'errors', attempts: 1, checks: [] };
    expect(attemptsOf(release)).toBe(1);
    expect(attemptsOf({ ...release, rollback })).toBe(1);
    expect(attemptsOf({ ...release, rollback: { ...rollback, verdict: 'Failed' } })).toBe(2);
  });
});

describe('a rollback that failed', () => {
  const checks = [
    { check: 'service-health' as const, verdict: 'Successful' as const, detail: '200' },
    { check: 'functional-validation' as const, verdict: 'Failed' as const, detail: 'cart answered 500' },
  ];

  it('says what serves and what is wrong with it', () => {
    expect(standing(baseline, checks)).toBe('version 1 serves all traffic; functional-validation: cart answered 500');
    expect(standing({ ...baseline, candidate: { version: '2', weightPercent: 10 } }, [])).toBe('version 1 serves, with 10 % on 2');
  });

  it('says that nothing is known where the last attempt could not look', () => {
    const rollback = { reason: 'errors', attempts: 3, checks: [] };
    const why = 'errors; its rollback could not be verified in 3 attempt(s); now';

    expect(unverified({ ...release, rollback }, 'errors')).toBe(`${why} it is not known what serves`);
    expect(unverified({ ...release, rollback: { ...rollback, standing: 'version 1 serves all traffic' } }, 'errors')).toBe(
      `${why} version 1 serves all traffic`,
    );
  });
});
