import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { strategies } from '#policy/policy';
import { McpSluice } from './mcp.ts';

let sluice: McpSluice;
beforeAll(async () => {
  sluice = await McpSluice.start();
});
beforeEach(() => {
  sluice.before = () => undefined;
  sluice.interrupt = () => false;
  sluice.quiet = false;
  sluice.prometheus.value = () => 100;
  sluice.prometheus.instead = undefined;
});
afterAll(() => sluice.stop());

const refuses = (tool: string, times = Number.POSITIVE_INFINITY) => {
  let left = times;
  sluice.before = (called) => {
    if (called === tool && left-- > 0) throw new Error('the disk is full');
  };
};

describe('a release by an MCP server', () => {
  it.each(strategies)('has one step of ours, passes the strategy %s on, and fails no request', async (strategy) => {
    const changes = sluice.staging.changes;

    const over = await sluice.release('well', { strategy });

    expect(sluice.strategies.at(-1)).toBe(strategy);

    expect(over).toMatchObject({ result: 'Succeeded', serving: over.deployment.staging?.candidateVersion });
    expect(over.deployment.staging?.plan.map(({ weightPercent }) => weightPercent)).toEqual([100]);
    expect(over.deployment.staging?.checks?.slice(0, 3)).toMatchObject([
      { check: 'service-health', verdict: 'Successful' },
      { check: 'functional-validation', verdict: 'Successful' },
      { check: 'performance', verdict: 'NotApplicable' },
    ]);
    expect({ changes: sluice.staging.changes - changes, failed: sluice.failed, some: sluice.sent > 50 }).toEqual({
      changes: 1,
      failed: 0,
      some: true,
    });
  });

  it('returns to the version before when the new one fails its users', async () => {
    const before = sluice.staging.current?.version;

    const over = await sluice.release('fails');

    expect(over).toMatchObject({ result: 'RolledBack', serving: before, reason: expect.stringMatching(/error rate|error-rate/) });
    expect(sluice.failed).toBeGreaterThan(0);
    expect(sluice.failed / sluice.sent).toBeLessThan(0.4);
  });

  it('is rolled back as stuck when there are no users', async () => {
    const before = sluice.staging.current?.version;
    const changes = sluice.staging.changes;
    sluice.before = () => {
      sluice.quiet = sluice.staging.changes > changes;
    };

    const over = await sluice.release('well');

    expect(over).toMatchObject({ result: 'RolledBack', serving: before, reason: expect.stringContaining('stuck without evidence') });
    expect(sluice.failed).toBe(0);
  });

  it('is rolled back at the second attempt when the first one fails', async () => {
    const before = sluice.staging.current?.version;
    refuses('rollback_deployment', 1);

    const over = await sluice.release('fails');

    expect(over).toMatchObject({ result: 'RolledBack', serving: before });
    expect(over.deployment.staging?.rollback?.attempts).toBe(2);
  });

  it('has its rollback verified when the server is reachable again', async () => {
    const before = sluice.staging.current?.version;
    let asked = false;
    let away = 10;
    sluice.before = (tool) => {
      asked ||= tool === 'rollback_deployment';
    };
    sluice.interrupt = () => asked && !sluice.staging.isMoving && away-- > 0;

    const over = await sluice.release('fails');

    expect(over).toMatchObject({ result: 'RolledBack', serving: before });
    expect(over.deployment.staging?.rollback).toMatchObject({ failures: 1, verdict: 'Successful' });
  });

  it('does not start when the server refuses it', async () => {
    const changes = sluice.staging.changes;
    refuses('deploy_application');

    const over = await sluice.release('well');

    expect(over.result).not.toBe('Succeeded');
    expect(sluice.staging.changes).toBe(changes);
  });

  it('continues when the server is unreachable for a few polls', async () => {
    const changes = sluice.staging.changes;
    let changed = false;
    let down = 3;
    sluice.interrupt = () => changed && down-- > 0;
    sluice.before = (tool) => {
      changed ||= tool === 'validate_deployment' && sluice.staging.changes > changes && !sluice.staging.isMoving;
    };

    expect(await sluice.release('well')).toMatchObject({ result: 'Succeeded' });
    expect(down).toBeLessThan(0);
  });

  it('is rolled back when only a business metric falls', async () => {
    const beginsMs = sluice.clock.nowMs();
    sluice.prometheus.value = (_, seconds) => (seconds * 1000 > beginsMs + 5000 ? 20 : 100);

    expect(await sluice.release('well')).toMatchObject({ result: 'RolledBack', reason: expect.stringContaining('query:orders') });
  });

  it('continues when a source of metrics is unreachable for a while', async () => {
    let asked = 0;
    sluice.prometheus.check = () => (++asked < 5 ? 'away' : undefined);

    const over = await sluice.release('well');

    expect(over).toMatchObject({ result: 'Succeeded' });
    expect(asked).toBeGreaterThan(4);
    sluice.prometheus.check = () => undefined;
  });

  it('ends as RollbackFailed with the serving version when each rollback fails', async () => {
    refuses('rollback_deployment');

    const over = await sluice.release('fails');

    expect(over).toMatchObject({ result: 'RollbackFailed', serving: over.deployment.staging?.candidateVersion });
  });
});
