import { describe, expect, it } from 'vitest';
import { attemptsOf, notReturned } from '#domain/rollback';
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
