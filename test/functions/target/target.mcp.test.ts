import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { artifactNamed, McpStage } from './mcp-stage.ts';

const refuse = (tool: string, times = Number.POSITIVE_INFINITY) => {
  let left = times;
  return (called: string) => {
    if (called === tool && left-- > 0) throw new Error('the disk is full');
  };
};

describe('McpTarget', () => {
  let stage: McpStage;
  beforeEach(async () => {
    stage = await McpStage.start();
  });
  afterEach(() => stage.stop());

  it('names the serving version, and the digest of an artifact that it deployed', async () => {
    expect(await stage.target.serving()).toEqual({ version: 'first', codeSha256: 'first', revision: 'production-1' });

    const move = await stage.staged('better');
    const serving = await stage.settled(() => stage.target.shift(move));

    expect(serving).toEqual({ version: move.candidate, codeSha256: artifactNamed('better').digest, revision: 'production-2' });
  });

  it('reports a move as not settled while the server takes its steps', async () => {
    stage.deploySeconds = 30;
    const move = await stage.staged('better');

    expect(await stage.target.shift(move)).toEqual({ settled: false });
    expect(await stage.target.shift(move)).toEqual({ settled: false });
    stage.nowMs += 30_000;
    expect(await stage.target.shift(move)).toMatchObject({ settled: true, serving: { version: move.candidate } });
    expect(stage.called.deploy_application).toBe(2);
  });

  it('deploys once even if the step is delivered three times', async () => {
    const move = await stage.staged('better');
    await Promise.all([stage.target.shift(move), stage.target.shift(move)]);
    await stage.settled(() => stage.target.shift(move));

    expect(stage.production.changes).toBe(2);
  });

  it('rolls back once even if the rollback is delivered three times', async () => {
    const move = await stage.staged('better');
    await stage.settled(() => stage.target.shift(move));
    const { revision } = await stage.target.serving();

    await Promise.all([stage.target.restore('first', revision), stage.target.restore('first', revision)]);
    await stage.settled(() => stage.target.restore('first', revision));

    expect(stage.production.changes).toBe(3);
  });

  it('refuses to roll back to a version that the release did not replace', async () => {
    await stage.settled(async () => stage.target.shift(await stage.staged('better')));
    const { revision } = await stage.target.serving();

    await expect(stage.target.restore('long ago', revision)).rejects.toMatchObject({ name: 'AliasMoved' });
    expect(stage.called.rollback_deployment).toBeUndefined();
  });

  it('reports the checks of a version that does not serve as NotApplicable', async () => {
    expect(await stage.target.validate('old', ['service-health'])).toEqual([
      { check: 'service-health', verdict: 'NotApplicable', detail: 'the server checks only the serving version, first' },
    ]);
  });

  it('refuses a plan of several steps', async () => {
    const move = await stage.staged('better');

    await expect(stage.target.shift({ ...move, weights: [10, 100] })).rejects.toMatchObject({ name: 'PlanNotSupported' });
  });

  it('measures the requests of users to the serving version', async () => {
    const move = await stage.staged('better');
    await stage.settled(() => stage.target.shift(move));
    await stage.users(18);
    await stage.users(2, '/broken');

    const sample = await stage.target.sample(move.candidate, stage.nowMs - 10_000, stage.nowMs);

    expect(sample).toMatchObject({ requests: 20, errors: 2, p95Ms: expect.any(Number), healthy: null });
    expect(await stage.target.sample('first', stage.nowMs - 10_000, stage.nowMs)).toMatchObject({ requests: null, errors: null });
  });

  it('measures no window in the past, because the tools cannot look back', async () => {
    await stage.users(5);

    expect(await stage.target.sample('first', stage.nowMs - 30_000, stage.nowMs - 20_000)).toMatchObject({ requests: null });
    expect(await stage.target.sample('first', stage.nowMs - 10_000, stage.nowMs)).toMatchObject({ requests: 5 });
  });

  it('reports the health and each check as the server does', async () => {
    const move = await stage.staged('unhealthy');
    await stage.settled(() => stage.target.shift(move));

    expect(await stage.target.probe(move.candidate, { name: 'health', method: 'GET', path: '/health', expectStatus: 200 })).toMatchObject({
      status: 503,
    });
    expect(await stage.target.validate(move.candidate, ['service-health', 'performance', 'data-integrity'])).toEqual([
      { check: 'service-health', verdict: 'Failed', detail: 'GET /health returned 500' },
      { check: 'performance', verdict: 'Successful', detail: 'performance' },
      { check: 'data-integrity', verdict: 'Inconclusive', detail: 'the server reports nothing about this check' },
    ]);
  });

  it('throws TargetRefused with the reason when a tool fails', async () => {
    stage.before = refuse('deploy_application');
    await expect(stage.target.stage(artifactNamed('better'))).rejects.toMatchObject({
      name: 'TargetRefused',
      message: expect.stringContaining('the disk is full'),
    });
  });
});
