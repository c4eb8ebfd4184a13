import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolvedRows, rolledBackRows, shapeOf } from './outcomes.ts';
import { Sluice } from './sluice.ts';

let sluice: Sluice;
beforeAll(async () => {
  sluice = await Sluice.start();
});
afterAll(() => sluice.stop());

const rolling = ['LockAcquired', 'ReadinessChecked', 'ReleasePlanned', 'CandidateStaged', 'StepApplied', 'HealthJudged'].map(
  (type) => `staging:${type}`,
);

describe('a fix that fails in staging', () => {
  it('is rolled back in staging when it never becomes healthy', async () => {
    const id = await sluice.submit('bad/never-healthy.json');

    const deployment = await sluice.ended(id);

    expect(deployment).toMatchObject({ outcome: 'Escalated', staging: { result: 'RolledBack' } });
    expect(deployment.outcomeReason).toContain('the health path fails on the candidate');
    expect(await sluice.serving('staging')).toBe('1');
    expect(shapeOf(await sluice.trail(id))).toEqual([...resolvedRows, ...rolling, ...rolledBackRows('staging'), 'OutcomeRecorded']);
    expect(await sluice.signature('Deployment', id)).toBe(
      'DecideIssue Eligible? MakeFix TestFix CollectFix Validated? ReleaseToStaging StagingReleased? RecordOutcome Outcome? Escalated',
    );
    expect((await sluice.subjects(id)).sort()).toEqual([
      'Autonomous fix failed staging deployment - requires review (storefront)',
      'Rollback successful (storefront)',
    ]);
  });

  it.each([
    ['functional', 'functional-validation'],
    ['data-integrity', 'data-integrity'],
    ['integration', 'integration-tests'],
    ['performance', 'performance'],
  ])('is rolled back when only its %s check fails', async (file, check) => {
    if (check === 'performance')
      await sluice.reconfigure((it) => ({ ...it, checks: { ...it.checks, performance: { path: '/products', requests: 3, p95Ms: 500 } } }));
    const id = await sluice.submit(`bad/${file}.json`);

    const deployment = await sluice.ended(id);

    expect(deployment).toMatchObject({ outcome: 'Escalated', staging: { result: 'RolledBack' } });
    expect(deployment.staging?.checks?.filter(({ verdict }) => verdict !== 'Successful').map((failed) => failed.check)).toEqual([check]);
    expect(shapeOf(await sluice.trail(id))).toEqual([
      ...resolvedRows,
      ...rolling,
      'staging:ReleaseValidated',
      ...rolledBackRows('staging'),
      'OutcomeRecorded',
    ]);
    expect(await sluice.serving('staging')).toBe('1');
  });
});
