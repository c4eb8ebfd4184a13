import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { planRelease } from '#domain/plan';
import { guidePolicy } from '#domain/policy';
import { handler as judgeHealth } from '../../functions/judge-health.ts';
import { ReleaseStage } from './release-stage.ts';

const { production } = guidePolicy;
const begun = {
  ...{ plan: planRelease(production), stepIndex: 0, phase: 'bake' as const, candidateVersion: '2', revision: 'r1' },
  baseline: { version: '1', codeSha256: 'old=', revision: 'r1' },
};
let stage: ReleaseStage;
beforeEach(() => {
  stage = new ReleaseStage();
});
afterEach(() => stage.close());

const poll = () => stage.enter(judgeHealth as never, 'JudgeHealth');

describe('each poll', () => {
  it('judges from where the one before ended, so that nothing is judged twice and nothing is left out', async () => {
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
