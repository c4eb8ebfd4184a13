import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Approval, Deployment } from '#deployment/deployment';
import { deployments } from '#services';
import { LambdaReleases, type Seen } from './lambda-releases.ts';

let releases: LambdaReleases;
beforeAll(async () => {
  releases = await LambdaReleases.start('production');
});
afterAll(() => releases.stop());

const rolling = { strategy: 'rolling' as const, waves: [50, 100] };
const now = (seconds: number) => new Date(releases.sluice.clock.nowMs() + seconds * 1000).toISOString();
const rowsOf = async ({ id }: Seen) => (await releases.sluice.trail(id)).map(({ event }) => event);

describe('a rollback', () => {
  it('probes the baseline first, and leaves the traffic where it is while the baseline is unhealthy', async () => {
    const before = await releases.serving();
    const seen = await releases.release('weak', rolling);
    await releases.reached(seen.id, ({ stepIndex, phase }) => stepIndex === 0 && phase === 'bake');
    await releases.askedToStop(seen);
    await releases.sluice.reconfigure((it) => ({ ...it, checks: { ...it.checks, 'service-health': { path: '/gone' } } }));
    const held = await releases.reached(seen.id, ({ rollback }) => rollback?.verdict === 'Failed');
    const split = await releases.serving();
    await releases.sluice.reconfigure((it) => it);

    const over = await releases.over(seen);

    expect(held.rollback?.checks[0]?.detail).toContain(`the old version ${before} fails its health path`);
    expect(split).toBeUndefined();
    expect(over).toMatchObject({ result: 'RolledBack', rollback: { attempts: 2, verdict: 'Successful' } });
    expect(await releases.serving()).toBe(before);
  });

  it('runs also in a freeze window and under a block, which only stop new releases', async () => {
    const before = await releases.serving();
    const freezeWindows = [{ from: now(8), to: now(4000), reason: 'peak sales' }];
    const seen = await releases.release('weak', { ...rolling, freezeWindows });
    await releases.reached(seen.id, ({ phase }) => phase === 'monitor');
    await releases.sluice.reconfigure((it) => ({ ...it, blocked: { by: 'sre', reason: 'incident' } }));
    releases.awkward = true;

    expect(await releases.over(seen)).toMatchObject({ result: 'RolledBack' });
    expect(await releases.serving()).toBe(before);

    const frozen = await releases.over(
      await releases.release('sound', { ...rolling, freezeWindows: [{ from: now(0), to: now(60), reason: 'peak sales' }] }),
    );
    const blocked = await releases.over(
      await releases.release('sound', rolling, { configure: (it) => ({ ...it, blocked: { by: 'sre', reason: 'incident' } }) }),
    );
    expect(frozen).toMatchObject({ result: 'NotStarted', resultReason: expect.stringContaining('production is frozen until') });
    expect(blocked).toMatchObject({ result: 'NotStarted', resultReason: expect.stringContaining('blocked by sre: incident') });
  });

  it('freezes the environment and pages if the approved fix changed the schema irreversibly', async () => {
    const seen = await releases.release('weak', rolling, { change: accepted('APPROVED') });
    await releases.reached(seen.id, ({ phase }) => phase === 'monitor');
    const candidate = await releases.serving();
    releases.awkward = true;
    const frozen = await releases.reached(seen.id, ({ result }) => result !== undefined);
    const serving = await releases.serving();

    await releases.over(seen);

    expect(frozen).toMatchObject({ result: 'RollbackFailed', rollback: { attempts: 1, verdict: 'Failed' } });
    expect(frozen.rollback?.checks[0]?.detail).toMatch(
      /^frozen: migrations\/1\.irreversible\.sql cannot be undone, as lead@acme\.example accepted/,
    );
    expect(serving).toBe(candidate);
    expect(await releases.sluice.subjects(seen.id)).toContain('CRITICAL: Rollback failed - immediate attention required (storefront)');
  });

  it('stays possible: an irreversible change starts only with an explicit approval', async () => {
    const over = await releases.over(await releases.release('sound', rolling, { change: accepted('PROCEEDING') }));

    expect(over).toMatchObject({
      result: 'NotStarted',
      resultReason: expect.stringContaining('no approver accepted that for exactly this artifact'),
    });
  });
});

describe('a release', () => {
  it('does not start when its artifact is missing', async () => {
    const gone = (it: Deployment): Deployment => ({ ...it, fix: it.fix && { ...it.fix, artifactKey: 'deployments/gone/artifact.zip' } });

    const over = await releases.over(await releases.release('sound', rolling, { change: gone }));

    expect(over).toMatchObject({ result: 'NotStarted', resultReason: expect.stringContaining('it is gone now') });
  });
});

describe('a poll', () => {
  it('records both verdicts, the baseline and the history', async () => {
    const seen = await releases.release('sound', { ...rolling, judgeBy: 'sequential', inconclusiveLimit: 40 });

    await releases.over(seen);

    const judged = (await rowsOf(seen)).flatMap((event) => (event.type === 'HealthJudged' ? [event] : []));
    expect(judged.every(({ literal, sequential }) => literal && sequential)).toBe(true);
    expect(judged[0]?.interval?.baseline?.n).toBeGreaterThan(0);
    expect((await deployments().read(seen.id)).production?.history?.intervals.length).toBeGreaterThan(0);
  });

  it('keeps a release that fails no more than the version before it', async () => {
    const { candidateVersion, baseline } = await releases.over(await releases.release('weak', { ...rolling, waves: [100] }));
    expect(baseline?.version).not.toBe(candidateVersion);
    releases.awkward = true;
    await releases.sluice.later(25);

    const seen = await releases.release('weak', rolling, { change: (it) => ({ ...it, issue: { ...it.issue, symptom: 'errors' } }) });
    const over = await releases.over(seen);

    expect(over).toMatchObject({ result: 'Succeeded', symptom: 'not fixed' });
    expect(over.judgement?.readings.find(({ metric }) => metric === 'error-rate')?.detail).toContain(
      'it was over the limit before the deployment',
    );
  });

  it('asks a person when evidence is missing, and rolls back when no answer and no evidence comes', async () => {
    const seen = await releases.release('sound', { ...rolling, onStuck: 'ask' });
    await releases.reached(seen.id, ({ stepIndex }) => stepIndex === 0);
    releases.quiet = true;

    const over = await releases.over(seen);

    expect(over).toMatchObject({
      result: 'RolledBack',
      rollback: { reason: expect.stringContaining('stuck without evidence for 6 polls') },
    });
    expect(await releases.sluice.subjects(seen.id)).toContain('Autonomous deployment is held (storefront)');
  });
});

/** A fix with an irreversible change, and the answer to its question. */
function accepted(status: Approval['status']): (deployment: Deployment) => Deployment {
  return (deployment) => ({
    ...deployment,
    fix: deployment.fix && { ...deployment.fix, irreversible: ['migrations/1.irreversible.sql'] },
    approval: {
      approvalId: 'a',
      kind: 'approve',
      status,
      approvers: ['lead@acme.example'],
      digest: deployment.fix?.digest as string,
      requestedAt: now(-60),
      expiresAt: now(600),
      decidedBy: 'lead@acme.example',
      decidedAt: now(-30),
    },
  });
}
