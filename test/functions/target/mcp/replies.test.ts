import { describe, expect, it } from 'vitest';
import type { McpTools } from '#platform/mcp/tools';
import { type CheckName, checkNames, guidePolicy } from '#policy/policy';
import { McpTarget } from '#target/target.mcp';
import { readSample } from '#watch/health';

describe('the replies of an MCP server', () => {
  const { production } = guidePolicy;
  const settings = { ...production, environment: 'production' as const, bucket: 'b', healthPath: '/health', longestLookSeconds: 15 };
  const version = `k@sha256:${'0'.repeat(64)}`;
  const saying = (replies: (tool: string) => object, checks: readonly CheckName[] = checkNames) => {
    const called: string[] = [];
    const call: McpTools['call'] = async ({ tool, reply }) => {
      called.push(tool);
      return reply.parse(replies(tool)) as never;
    };
    const tools = { call } as McpTools;
    return { called, target: new McpTarget(tools, { ...settings, checks, arguments: {} }, () => new Date(30_000)) };
  };
  const probe = (target: McpTarget) => target.probe('v2', { name: 'health', method: 'GET', path: '/health', expectStatus: 200 });
  const move = { ...{ baseline: 'v1', candidate: version, weightPercent: 100, weights: [100], index: 0 }, strategy: 'rolling' as const };

  it('throws TargetReplyMalformed if the server reports no health', async () => {
    const untold = (tool: string) =>
      tool === 'validate_deployment' ? { passed: true, checks: [{ name: 'smoke', status: 'passed' }] } : { version: 'v2' };

    await expect(probe(saying(untold).target)).rejects.toMatchObject({ name: 'TargetReplyMalformed' });
    await expect(probe(saying(untold, []).target)).rejects.toMatchObject({ name: 'TargetReplyMalformed' });
  });

  it.each([
    [true, 200],
    [false, 503],
  ])('reads healthChecksPassing %s as the health if the server runs no health check', async (healthChecksPassing, status) => {
    expect(await probe(saying(() => ({ version: 'v2', healthChecksPassing }), []).target)).toMatchObject({ status });
  });

  it('reads a failed check or deployment as bad health, and a failed tool call as no data', async () => {
    const metrics = { requests: 100, errors: 0 };
    const sampled = async (answer: object) => saying(() => ({ version: 'v2', metrics, ...answer })).target.sample('v2', 0, 30_000);

    expect(await sampled({ healthChecksPassing: false })).toMatchObject({ requests: 100, healthy: false });
    expect(await sampled({ status: 'failed' })).toMatchObject({ healthy: false });
    expect(await sampled({ success: false })).toMatchObject({ requests: null, errors: null, healthy: null });
  });

  it('keeps fractions of an error, which would round to none', async () => {
    const { target } = saying(() => ({ version: 'v2', metrics: { errorRate: 3, requestRate: 0.5 } }));
    const sample = await target.sample('v2', 0, 30_000);

    expect(sample).toMatchObject({ requests: 15, errors: 0.45 });
    expect(readSample({ ...sample, healthy: true }, production.limits)[0]).toMatchObject({ verdict: 'Failed', value: 3 });
  });

  it('deploys once even if the server reports the failed deployment under another id', async () => {
    let status = 'success';
    const failing = saying((tool) => {
      if (tool === 'deploy_application') status = 'failed';
      return tool === 'deploy_application'
        ? { success: true }
        : { version: 'v1', deploymentId: status === 'failed' ? 'd2' : 'd1', status, error: 'no such image' };
    });
    const { revision } = await failing.target.serving();

    expect(await failing.target.shift({ ...move, revision })).toEqual({ settled: false });
    for (let look = 0; look < 3; look++)
      await expect(failing.target.shift({ ...move, revision })).rejects.toMatchObject({
        name: 'TargetRefused',
        message: expect.stringContaining('no such image'),
      });
    expect(failing.called.filter((tool) => tool === 'deploy_application')).toHaveLength(1);
  });
});
