import { describe, expect, it } from 'vitest';
import { attemptBegan, attemptsOf, isOurs, movedByHand, notReturned, servingInWords, unverified } from '#release/rollback';
import { releaseIn } from '../../fixtures/deployment.ts';

const baseline = { version: '1', codeSha256: 'old', revision: 'r1' };
const release = releaseIn('production', { baseline, candidateVersion: '2' });

describe('notReturned and attemptsOf', () => {
  it.each([
    ['all', { version: '2', codeSha256: 'new', revision: 'r2' }],
    ['a share', { ...baseline, candidate: { version: '2', weightPercent: 10 } }],
  ])('fails a rollback if the candidate still serves %s of the traffic', (_, serving) => {
    expect(notReturned(release, serving)).toMatchObject({ verdict: 'Failed', detail: expect.stringContaining('2 still serves') });
  });

  it('reports no candidate when only the old version or a version from outside Sluice serves', () => {
    expect(notReturned(release, baseline)).toBeUndefined();
    expect(notReturned(release, { ...baseline, version: '3' })).toBeUndefined();
    expect(notReturned({ ...release, candidateVersion: '1' }, baseline)).toBeUndefined();
  });

  it('counts an attempt that failed before it recorded anything', () => {
    const rollback = { reason: 'errors', attempts: 1, checks: [] };
    expect(attemptsOf(release)).toBe(1);
    expect(attemptsOf({ ...release, rollback })).toBe(1);
    expect(attemptsOf({ ...release, rollback: { ...rollback, verdict: 'Failed' } })).toBe(2);
  });
});

describe('attemptBegan', () => {
  it('dates the first attempt by the rollback, and a later one by the end of the back-off', () => {
    const rollback = { reason: 'errors', attempts: 1, checks: [], againAt: '2026-01-01T00:12:00.000Z' };

    expect(attemptBegan(release, '2026-01-01T00:00:00Z')).toBe(Date.parse('2026-01-01T00:00:00Z'));
    expect(attemptBegan({ ...release, rollback }, '2026-01-01T00:00:00Z')).toBe(Date.parse('2026-01-01T00:12:00Z'));
    expect(attemptBegan({ ...release, rollback }, '2026-01-01T01:00:00Z')).toBe(Date.parse('2026-01-01T01:00:00Z'));
  });
});

describe('servingInWords and unverified', () => {
  const checks = [
    { check: 'service-health' as const, verdict: 'Successful' as const, detail: '200' },
    { check: 'functional-validation' as const, verdict: 'Failed' as const, detail: 'cart answered 500' },
  ];

  it('names the version that serves and its failed checks', () => {
    expect(servingInWords(baseline, checks)).toBe('version 1 serves all traffic; functional-validation: cart answered 500');
    expect(servingInWords({ ...baseline, candidate: { version: '2', weightPercent: 10 } }, [])).toBe('version 1 serves, with 10 % on 2');
  });

  it('says after a failed rollback that the version is unknown if the last attempt could not read it', () => {
    const rollback = { reason: 'errors', attempts: 3, checks: [] };
    const why = 'errors; its rollback could not be verified in 3 attempt(s); now';

    expect(unverified({ ...release, rollback }, 'errors')).toBe(`${why} it is not known what serves`);
    expect(unverified({ ...release, rollback: { ...rollback, servingState: 'version 1 serves all traffic' } }, 'errors')).toBe(
      `${why} version 1 serves all traffic`,
    );
  });
});

describe('isOurs and movedByHand', () => {
  const plan = [25, 60, 100].map((weightPercent) => ({ weightPercent, bakeSeconds: 60 }));
  const under = releaseIn('production', { baseline, candidateVersion: '2', plan, stepIndex: 0, revision: 'r2' });
  const shared = (version: string, other: string, weightPercent: number, revision = 'r2') => ({
    version,
    codeSha256: 'x',
    candidate: { version: other, weightPercent },
    revision,
  });
  const alone = (version: string, revision: string) => ({ version, codeSha256: 'x', revision });

  it.each([
    ['at the weight of its step', under, shared('1', '2', 25)],
    ['at the weight of a step with a lost result', under, shared('1', '2', 60, 'r3')],
    ['with all traffic, as the last step left it', { ...under, stepIndex: 2, revision: 'r4' }, alone('2', 'r4')],
    ['with all traffic, even if the target marks it as failed later', { ...under, stepIndex: 2, revision: 'r4' }, alone('2', 'r4@failed')],
    ['with all traffic after a last step with a lost result', { ...under, stepIndex: 1, revision: 'r3' }, alone('2', 'r4')],
  ])('recognizes its own routing with the candidate %s', (_, release, serving) => {
    expect(isOurs(release, serving)).toBe(true);
  });

  it.each([
    ['gave the candidate another share', under, shared('1', '2', 40)],
    ['put another version in the place of the old one and kept the weights', under, shared('3', '2', 25)],
    ['gave the candidate all traffic in the middle of a canary', under, alone('2', 'r3')],
    ['moved the routing after the last step', { ...under, stepIndex: 2, revision: 'r4' }, alone('2', 'r5')],
    ['started another version beside the candidate', { ...under, stepIndex: 2, revision: 'r4' }, shared('2', '3', 0)],
    ['started another version beside the old version', under, shared('1', '3', 25)],
  ])('recognizes a foreign routing when a person %s, and reports it', (_, release, serving) => {
    expect(isOurs(release, serving)).toBe(false);
    expect(movedByHand(release, serving)).toContain('and was left as it is');
  });

  it('finds no routing to undo if the old version serves alone or is also the candidate', () => {
    expect(isOurs(under, baseline)).toBe(false);
    expect(isOurs({ ...under, candidateVersion: '1' }, alone('1', 'r2'))).toBe(false);
    expect(movedByHand(under, baseline)).toBe('');
  });

  it('recognizes each share between two steps if the target moves traffic gradually', () => {
    expect(isOurs(under, shared('1', '2', 33), true)).toBe(true);
    expect(isOurs(under, shared('1', '2', 70), true)).toBe(false);
    expect(isOurs(under, shared('2', '1', 40), true)).toBe(true);
    expect(isOurs(under, shared('2', '3', 40), true)).toBe(false);
  });
});
