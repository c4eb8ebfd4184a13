import { describe, expect, it } from 'vitest';
import { endOf, enterStage, openRelease, releaseOf, servingCommit } from '#deployment/current-release';
import type { Deployment } from '#deployment/deployment';
import type { Release } from '#deployment/release';
import { at, deploymentWith, fix, releaseIn } from '../../fixtures/deployment.ts';

const fresh = deploymentWith({
  staging: undefined,
  production: undefined,
  stages: [{ stage: 'Admitted', startedAt: at(0) }],
  status: 'Admitted',
});

describe('the current release', () => {
  it('is opened under the lock’s fence, and a second attempt counts up', () => {
    const once = openRelease(fresh, 'staging', 7, at(1));
    const twice = openRelease(once, 'staging', 8, at(2));

    expect(releaseOf(once, 'staging')).toMatchObject({ attempt: 1, fence: 7, stepIndex: -1, phase: 'bake', startedAt: at(1), plan: [] });
    expect(releaseOf(twice, 'staging')).toMatchObject({ attempt: 2, fence: 8 });
    expect(openRelease(fresh, 'production', 1, at(1)).status).toBe('Production');
  });

  it('cannot be read before its lock was acquired', () => {
    expect(() => releaseOf(fresh, 'production')).toThrow('has no release in production');
  });

  it('keeps when each stage began and ended, and enters none twice', () => {
    const staged = enterStage(enterStage(fresh, 'Staging', at(1)), 'Staging', at(2));

    expect(staged.stages).toEqual([
      { stage: 'Admitted', startedAt: at(0), endedAt: at(1) },
      { stage: 'Staging', startedAt: at(1) },
    ]);
    expect(enterStage(staged, 'Production', at(3)).stages[0]?.endedAt).toBe(at(1));
  });

  it('ended with its outcome, not with the last message about it', () => {
    expect(endOf(deploymentWith())).toBe(at(56));
    expect(endOf(deploymentWith({ stages: [{ stage: 'Escalated', startedAt: at(3) }], status: 'Escalated' }))).toBe(at(3));
    expect(endOf(deploymentWith({ status: 'Verifying' }))).toBe(at(99));
    expect(endOf(deploymentWith({ stages: [] }))).toBe(at(99));
  });
});

describe('the commit that production serves', () => {
  const served = (commit: string, minutes: number, change: Partial<Release> = {}): Deployment =>
    deploymentWith({ fix: { ...fix, commit }, production: releaseIn('production', { startedAt: at(minutes), ...change }) });

  it('is that of the newest release that got all traffic and kept it', () => {
    expect(servingCommit([served('old', 1), served('new', 2), served('older', 0)])).toBe('new');
    expect(servingCommit([served('old', 1), served('watched', 2, { result: undefined, phase: 'monitor' })])).toBe('watched');
  });

  it('is not one that still bakes, was undone, never started or never was in production', () => {
    const others = [
      served('baking', 2, { result: undefined, phase: 'bake' }),
      served('undone', 3, { rollback: { reason: 'r', attempts: 1, checks: [] } }),
      served('refused', 4, { result: 'NotStarted', phase: 'bake' }),
      { ...served('nowhere', 5), production: undefined },
    ];

    expect(servingCommit([served('kept', 1), ...others])).toBe('kept');
    expect(servingCommit(others)).toBeUndefined();
  });
});
