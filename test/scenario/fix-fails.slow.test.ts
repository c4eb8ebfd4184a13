import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolvedRows, shapeOf } from './outcomes.ts';
import { Sluice } from './sluice.ts';

let sluice: Sluice;
beforeAll(async () => {
  sluice = await Sluice.start();
});
afterAll(() => sluice.stop());

describe('a fix that fails its validation', () => {
  it.each([
    ['bad/failing-tests.json', 'tests', /^tests: failed/],
    ['bad/leaks-credential.json', 'credential-scan', /credential-scan: failed/],
    ['bad/phi.json', 'phi-scan', /phi-scan: failed/],
  ])('%s is escalated and never reaches an environment', async (file, check, reason) => {
    const id = await sluice.submit(file);

    const deployment = await sluice.ended(id);

    expect(deployment).toMatchObject({ outcome: 'Escalated', outcomeReason: expect.stringMatching(reason), fix: { verdict: 'Failed' } });
    expect(deployment.fix?.checks.find((row) => row.check === check)?.verdict).toBe('Failed');
    expect(deployment.staging).toBeUndefined();
    expect(shapeOf(await sluice.trail(id))).toEqual([...resolvedRows, 'OutcomeRecorded']);
  });

  it('is not built when it changes a forbidden path', async () => {
    const id = await sluice.submit('bad/forbidden-path.json');

    const deployment = await sluice.ended(id);

    expect(deployment).toMatchObject({ outcome: 'Escalated', decision: { eligible: false } });
    expect(deployment.outcomeReason).toContain('.github/workflows/ci.yml');
    expect(await sluice.signature('Deployment', id)).toBe('DecideIssue Eligible? RecordOutcome Outcome? Escalated');
  });

  it('needs an approval when it changes more than ten files', async () => {
    const id = await sluice.submit('bad/wide.json');

    expect(await sluice.until(id, ({ decision, approval }) => decision !== undefined && approval !== undefined)).toMatchObject({
      decision: { requirement: 'approve', gates: [{ gate: 'large-scope' }] },
    });
  });
});
