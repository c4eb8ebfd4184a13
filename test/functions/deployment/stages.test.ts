import { describe, expect, it } from 'vitest';
import { endOf, enterStage } from '#deployment/stages';
import { at, deploymentWith } from '../../fixtures/deployment.ts';

const fresh = deploymentWith({
  staging: undefined,
  production: undefined,
  stages: [{ stage: 'Admitted', startedAt: at(0) }],
  status: 'Admitted',
});

describe('enterStage and endOf', () => {
  it('records when each stage began and ended, and enters each stage once', () => {
    const staged = enterStage(enterStage(fresh, 'Staging', at(1)), 'Staging', at(2));

    expect(staged.stages).toEqual([
      { stage: 'Admitted', startedAt: at(0), endedAt: at(1) },
      { stage: 'Staging', startedAt: at(1) },
    ]);
    expect(enterStage(staged, 'Production', at(3)).stages[0]?.endedAt).toBe(at(1));
  });

  it('dates the end of a deployment by its outcome, not by the last message about it', () => {
    expect(endOf(deploymentWith())).toBe(at(56));
    expect(endOf(deploymentWith({ stages: [{ stage: 'Escalated', startedAt: at(3) }], status: 'Escalated' }))).toBe(at(3));
    expect(endOf(deploymentWith({ status: 'Verifying' }))).toBe(at(99));
    expect(endOf(deploymentWith({ stages: [] }))).toBe(at(99));
  });
});
