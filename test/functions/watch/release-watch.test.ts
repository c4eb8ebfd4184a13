import { GetAliasCommand, GetFunctionConfigurationCommand, GetProvisionedConcurrencyConfigCommand } from '@aws-sdk/client-lambda';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { handler as applyStep } from '#handlers/apply-step';
import { handler as judgeHealth } from '#handlers/judge-health';
import { handler as stageCandidate } from '#handlers/stage-candidate';
import { metricQuerySchema } from '#policy/metric-query';
import { guidePolicy } from '#policy/policy';
import { planRelease } from '#release/plan';
import { iso, WatchStage } from '../../fixtures/watch-stage.ts';

const { production } = guidePolicy;
const begun = {
  plan: planRelease(production),
  stepIndex: 0,
  phase: 'bake' as const,
  candidateVersion: '2',
  revision: 'r1',
  baseline: { version: '1', codeSha256: 'old=', revision: 'r1' },
};
let stage: WatchStage;
beforeEach(() => {
  stage = new WatchStage();
});
afterEach(() => stage.close());

const poll = () => stage.enter(judgeHealth as never, 'JudgeHealth');

describe('each poll', () => {
  it('begins each poll’s window where the window before ended', async () => {
    await stage.begin(begun);

    for (const seconds of [30, 31, 95]) {
      stage.later(seconds);
      await poll();
    }

    const windows = stage.asked.map(({ StartTime, EndTime }) => [StartTime, EndTime].map((at) => (at as Date).toISOString().slice(14, 19)));
    expect(windows.filter((_, index) => index % 2 === 0)).toEqual([
      ['00:00', '00:30'],
      ['00:30', '01:00'],
      ['01:00', '02:30'],
    ]);
    expect(windows.filter((_, index) => index % 2 === 1)).toEqual(windows.filter((_, index) => index % 2 === 0));
  });
});

describe('a resource over its limit', () => {
  it('sends one message when a resource begins to hold the release', async () => {
    await stage.begin({ ...begun, stepIndex: 2, phase: 'monitor' });
    stage.metrics = { ...stage.metrics, memory: 90 };

    for (let seconds = 30; seconds <= 900; seconds += 30) {
      stage.later(30);
      expect(await stage.enter(judgeHealth as never, 'JudgeHealth')).toMatchObject({ next: 'Watch' });
    }

    expect(stage.ordered).toEqual(['stuck']);
    expect(await stage.release()).toMatchObject({
      inconclusiveInARow: 0,
      heldInARow: 21,
      judgement: { heldBy: ['memory: 90 % against 85 %'] },
    });
  });
});

describe('a candidate that its target does not take', () => {
  const stageOnce = () => stage.enter(stageCandidate as never, 'StageCandidate');

  it('waits 1800 s for a candidate and then throws CandidateNotStaged', async () => {
    await stage.begin({ ...begun, stepIndex: -1, stagedAt: undefined });
    stage.lambda.on(GetFunctionConfigurationCommand).resolves({ LastUpdateStatus: 'InProgress' });

    stage.later(1799);
    expect(await stageOnce()).toEqual({ next: 'Wait' });
    stage.later(1);
    await expect(stageOnce()).rejects.toMatchObject({ name: 'CandidateNotStaged' });
  });
});

describe('a step that its target does not arrive at', () => {
  const applyOnce = () => stage.enter(applyStep as never, 'ApplyStep');

  it('gives a step its whole time from the staged candidate, even after an hour of comparing', async () => {
    const ab = { ...production, strategy: 'a-b' as const };
    await stage.begin({ ...begun, plan: planRelease(ab), stagedAt: iso(700) }, { ...guidePolicy, production: ab });
    stage.lambda.on(GetProvisionedConcurrencyConfigCommand).resolves({ Status: 'IN_PROGRESS' });
    stage.lambda.on(GetAliasCommand).resolves({ FunctionVersion: '1', RoutingConfig: { AdditionalVersionWeights: { 2: 0.5 } } });
    stage.lambda.on(GetFunctionConfigurationCommand).resolves({ CodeSha256: 'old=' });

    stage.later(700 + 3600 + 599);
    expect(await applyOnce()).toMatchObject({ next: 'Wait' });
    stage.later(1);
    await expect(applyOnce()).rejects.toMatchObject({ name: 'StepNotSettled' });
  });
});

describe('business metrics', () => {
  const staging = { ...guidePolicy.production, verifySeconds: 0 };
  const payments = metricQuerySchema.parse({
    name: 'payments',
    direction: 'decrease',
    source: 'cloudwatch',
    query: 'paid',
    limit: 1,
    inputs: { paid: { namespace: 'Shop', metric: 'Paid', stat: 'Sum' } },
  });
  const namesAt = async (phase: 'monitor' | 'verify', production = guidePolicy.production) => {
    await stage.begin({ ...begun, stepIndex: 2, phase }, { ...guidePolicy, production }, { metrics: [payments] });
    stage.later(30);
    await poll();
    return (await stage.release()).judgement?.readings.flatMap(({ metric }) => (metric.startsWith('query:') ? metric : []));
  };

  it('reads business metrics in the verification, or in the monitoring if there is no verification', async () => {
    expect(await namesAt('verify')).toEqual(['query:payments']);
    expect(await namesAt('monitor')).toEqual([]);
    expect(await namesAt('monitor', staging)).toEqual(['query:payments']);
  });
});
