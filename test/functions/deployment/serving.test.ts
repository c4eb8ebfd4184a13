import { describe, expect, it } from 'vitest';
import type { Deployment } from '#deployment/deployment';
import type { Release } from '#deployment/release';
import { servingCommit } from '#deployment/serving';
import { at, deploymentWith, fix, releaseIn } from '../../fixtures/deployment.ts';

describe('servingCommit', () => {
  const served = (commit: string, minutes: number, change: Partial<Release> = {}): Deployment =>
    deploymentWith({ fix: { ...fix, commit }, production: releaseIn('production', { startedAt: at(minutes), ...change }) });

  it('returns the commit of the newest release that got all traffic and kept it', () => {
    expect(servingCommit([served('old', 1), served('new', 2), served('older', 0)])).toBe('new');
    expect(servingCommit([served('old', 1), served('watched', 2, { result: undefined, phase: 'monitor' })])).toBe('watched');
  });

  it('skips releases that still bake, were undone, were refused, or ran only in staging', () => {
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
