import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { releasedRows, resolvedRows, shapeOf } from './outcomes.ts';
import { Sluice } from './sluice.ts';

let sluice: Sluice;
beforeAll(async () => {
  sluice = await Sluice.start();
});
afterAll(() => sluice.stop());

describe('an autonomous fix', () => {
  it('goes to production without a person and is proven to be stable', async () => {
    const id = await sluice.submit('a-failed-check.json');

    const deployment = await sluice.ended(id);

    expect(deployment).toMatchObject({
      outcome: 'Deployed',
      decision: { scoreHundredths: 95, requirement: 'autonomous' },
      production: { result: 'Succeeded', stepIndex: 1 },
    });
    expect(deployment.approval).toBeUndefined();
    expect(await sluice.subjects(id)).toContain('Autonomous fix is being released to production (storefront)');
    expect(shapeOf(await sluice.trail(id))).toEqual([
      ...resolvedRows,
      ...releasedRows('staging', 1),
      ...releasedRows('production', 2),
      'OutcomeRecorded',
    ]);
    expect(await sluice.signature('Deployment', id)).toBe(
      'DecideIssue Eligible? MakeFix TestFix CollectFix Validated? ReleaseToStaging StagingReleased? ReleaseToProduction RecordOutcome Outcome? Deployed',
    );
    expect((await sluice.signature('Release', id)).split('\n')[0]).toBe(
      'AcquireLock Locked? CheckReadiness Ready? PlanRelease StageCandidate Staged? [staging] ApplyStep Applied? [watch] ValidateRelease Valid? [watch] FinishRelease Released? Succeeded',
    );
  });

  it('opens no second deployment for a copy, which goes to quarantine', async () => {
    const { quarantine } = await import('#services');
    const before = (await quarantine().listQuarantined()).length;

    await sluice.resubmit('a-failed-check.json');
    await sluice.later(5);

    const quarantined = await quarantine().listQuarantined();
    expect(quarantined).toHaveLength(before + 1);
    expect(quarantined[0]?.reason).toContain('a second copy of auto-deploy-');
  });
});
