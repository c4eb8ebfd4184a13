import { describe, expect, it } from 'vitest';
import { openRelease, releaseOf } from '#deployment/release-lens';
import { at, deploymentWith } from '../../fixtures/deployment.ts';

const fresh = deploymentWith({
  staging: undefined,
  production: undefined,
  stages: [{ stage: 'Admitted', startedAt: at(0) }],
  status: 'Admitted',
});

describe('openRelease and releaseOf', () => {
  it('opens a release under the fence of the lock, and counts its attempts', () => {
    const once = openRelease(fresh, 'staging', 7, at(1));
    const twice = openRelease(once, 'staging', 8, at(2));

    expect(releaseOf(once, 'staging')).toMatchObject({ attempt: 1, fence: 7, stepIndex: -1, phase: 'bake', startedAt: at(1), plan: [] });
    expect(releaseOf(twice, 'staging')).toMatchObject({ attempt: 2, fence: 8 });
    expect(openRelease(fresh, 'production', 1, at(1)).status).toBe('Production');
  });

  it('throws when a release is read before its lock was acquired', () => {
    expect(() => releaseOf(fresh, 'production')).toThrow('has no release in production');
  });
});
