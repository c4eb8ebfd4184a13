import { describe, expect, it } from 'vitest';
import { lessonOf } from '#release/lesson';
import { at, deploymentWith, releaseIn } from '../../fixtures/deployment.ts';

describe('lessonOf', () => {
  it('writes the fields of R-BACK-11, and says if the rollback could not be verified', () => {
    const undone = releaseIn('production', { result: 'RolledBack', resultReason: 'error rate' });
    const lesson = lessonOf(deploymentWith(), undone);

    expect(lesson).toMatchObject({
      lessonId: 'auto-deploy-20251031-0123456789-production-1',
      domain: 'deployment-issues',
      title: 'Autonomous deployment rollback: error rate',
      symptom: 'error rate',
      solution: 'Rollback successful, system restored',
      at: at(56),
    });
    expect(
      lessonOf(deploymentWith(), { ...undone, result: 'RollbackFailed', resultReason: undefined, finishedAt: undefined }),
    ).toMatchObject({ symptom: 'unknown', solution: expect.stringContaining('could not be verified'), at: at(99) });
  });
});
