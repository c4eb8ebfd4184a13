import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { McpTools } from '#platform/mcp/tools';
import { type CheckName, checkNames, guidePolicy } from '#policy/policy';
import { McpTarget } from '#target/target.mcp';
import { readSample } from '#watch/health';
import { artifactNamed, key, McpStage, secret, targetAt } from './mcp-stage.ts';
import { OAuthIssuer } from './oauth-issuer.ts';
import { signatureProblem } from './sigv4-verifier.ts';

const refuse = (tool: string, times = Number.POSITIVE_INFINITY) => {
  let left = times;
  return (called: string) => {
    if (called === tool && left-- > 0) throw new Error('the disk is full');
  };
};

describe('a release delegated to an MCP server', () => {
  let stage: McpStage;
  beforeEach(async () => {
    stage = await McpStage.start();
  });
  afterEach(() => stage.stop());

  it('names what serves, and an artefact that it deployed by its digest', async () => {
    expect(await stage.target.serving()).toEqual({ version: 'first', codeSha256: 'first', revision: 'production-1' });

    const move = await stage.staged('better');
    const serving = await stage.settled(() => stage.target.shift(move));

    expect(serving).toEqual({ version: move.candidate, codeSha256: artifactNamed('better').digest, revision: 'production-2' });
  });

  it('is still moving while the server takes its steps', async () => {
    stage.deploySeconds = 30;
    const move = await stage.staged('better');

    expect(await stage.target.shift(move)).toEqual({ settled: false });
    expect(await stage.target.shift(move)).toEqual({ settled: false });
    stage.nowMs += 30_000;
    expect(await stage.target.shift(move)).toMatchObject({ settled: true, serving: { version: move.candidate } });
    expect(stage.called.deploy_application).toBe(2);
  });

  it('is deployed once, however often the step is delivered', async () => {
    const move = await stage.staged('better');
    await Promise.all([stage.target.shift(move), stage.target.shift(move)]);
    await stage.settled(() => stage.target.shift(move));

    expect(stage.production.changes).toBe(2);
  });

  it('is rolled back once, however often that is delivered', async () => {
    const move = await stage.staged('better');
    await stage.settled(() => stage.target.shift(move));
    const { revision } = await stage.target.serving();

    await Promise.all([stage.target.restore('first', revision), stage.target.restore('first', revision)]);
    await stage.settled(() => stage.target.restore('first', revision));

    expect(stage.production.changes).toBe(3);
  });

  it('is not rolled back to a version that it did not replace', async () => {
    await stage.settled(async () => stage.target.shift(await stage.staged('better')));
    const { revision } = await stage.target.serving();

    await expect(stage.target.restore('long ago', revision)).rejects.toMatchObject({ name: 'AliasMoved' });
    expect(stage.called.rollback_deployment).toBeUndefined();
  });

  it('says of a version that does not serve that nobody can ask it', async () => {
    expect(await stage.target.validate('old', ['service-health'])).toEqual([
      { check: 'service-health', verdict: 'NotApplicable', detail: 'the server checks only the serving version, first' },
    ]);
  });

  it('takes no plan of several steps', async () => {
    const move = await stage.staged('better');

    await expect(stage.target.shift({ ...move, weights: [10, 100] })).rejects.toMatchObject({ name: 'PlanNotSupported' });
  });

  it('is measured by what its users got', async () => {
    const move = await stage.staged('better');
    await stage.settled(() => stage.target.shift(move));
    await stage.users(18);
    await stage.users(2, '/broken');

    const sample = await stage.target.sample(move.candidate, stage.nowMs - 10_000, stage.nowMs);

    expect(sample).toMatchObject({ requests: 20, errors: 2, p95Ms: expect.any(Number), healthy: null });
    expect(await stage.target.sample('first', stage.nowMs - 10_000, stage.nowMs)).toMatchObject({ requests: null, errors: null });
  });

  it('is not measured in the past, where the tools cannot look', async () => {
    await stage.users(5);

    expect(await stage.target.sample('first', stage.nowMs - 30_000, stage.nowMs - 20_000)).toMatchObject({ requests: null });
    expect(await stage.target.sample('first', stage.nowMs - 10_000, stage.nowMs)).toMatchObject({ requests: 5 });
  });

  it('is healthy and valid as the server says, check by check', async () => {
    const move = await stage.staged('unhealthy');
    await stage.settled(() => stage.target.shift(move));

    expect(await stage.target.probe(move.candidate, { name: 'health', method: 'GET', path: '/health', expectStatus: 200 })).toMatchObject({
      status: 503,
    });
    expect(await stage.target.validate(move.candidate, ['service-health', 'performance', 'data-integrity'])).toEqual([
      { check: 'service-health', verdict: 'Failed', detail: 'GET /health answered 500' },
      { check: 'performance', verdict: 'Successful', detail: 'performance' },
      { check: 'data-integrity', verdict: 'Inconclusive', detail: 'the server reports nothing about this check' },
    ]);
  });

  it('fails by name when a tool says no', async () => {
    stage.before = refuse('deploy_application');
    await expect(stage.target.stage(artifactNamed('better'))).rejects.toMatchObject({
      name: 'TargetRefused',
      message: expect.stringContaining('the disk is full'),
    });
  });
});

describe('what a server says of its deployment', () => {
  const { production } = guidePolicy;
  const settings = { ...production, environment: 'production' as const, bucket: 'b', healthPath: '/health', longestLookSeconds: 15 };
  const version = `k@sha256:${'0'.repeat(64)}`;
  const saying = (answers: (tool: string) => object, checks: readonly CheckName[] = checkNames) => {
    const called: string[] = [];
    const call: McpTools['call'] = async ({ tool, reply }) => {
      called.push(tool);
      return reply.parse(answers(tool)) as never;
    };
    const tools = { call } as McpTools;
    return { called, target: new McpTarget(tools, { ...settings, checks, arguments: {} }, () => new Date(30_000)) };
  };
  const probe = (target: McpTarget) => target.probe('v2', { name: 'health', method: 'GET', path: '/health', expectStatus: 200 });
  const move = { ...{ baseline: 'v1', candidate: version, weightPercent: 100, weights: [100], index: 0 }, strategy: 'rolling' as const };

  it('holds and does not roll back where it tells nothing of the health', async () => {
    const unreported = (tool: string) =>
      tool === 'validate_deployment' ? { passed: true, checks: [{ name: 'smoke', status: 'passed' }] } : { version: 'v2' };

    await expect(probe(saying(unreported).target)).rejects.toMatchObject({ name: 'TargetReplyMalformed' });
    await expect(probe(saying(unreported, []).target)).rejects.toMatchObject({ name: 'TargetReplyMalformed' });
  });

  it.each([
    [true, 200],
    [false, 503],
  ])('is its health where it runs no such check: healthChecksPassing %s', async (healthChecksPassing, status) => {
    expect(await probe(saying(() => ({ version: 'v2', healthChecksPassing }), []).target)).toMatchObject({ status });
  });

  it('is bad health in a poll where its checks do not pass, and no numbers where its look did not succeed', async () => {
    const metrics = { requests: 100, errors: 0 };
    const sampled = async (answer: object) => saying(() => ({ version: 'v2', metrics, ...answer })).target.sample('v2', 0, 30_000);

    expect(await sampled({ healthChecksPassing: false })).toMatchObject({ requests: 100, healthy: false });
    expect(await sampled({ status: 'failed' })).toMatchObject({ healthy: false });
    expect(await sampled({ success: false })).toMatchObject({ requests: null, errors: null, healthy: null });
  });

  it('keeps its share of few requests, which rounded would be none', async () => {
    const { target } = saying(() => ({ version: 'v2', metrics: { errorRate: 3, requestRate: 0.5 } }));
    const sample = await target.sample('v2', 0, 30_000);

    expect(sample).toMatchObject({ requests: 15, errors: 0.45 });
    expect(readSample({ ...sample, healthy: true }, production.limits)[0]).toMatchObject({ verdict: 'Failed', value: 3 });
  });

  it('is not deployed to again once its deployment has failed, whatever name that has', async () => {
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

describe('a server behind Signature Version 4', () => {
  const problems: (string | undefined)[] = [];
  const signed = (service: string) =>
    McpStage.start({
      guard: (request, body, response) => {
        problems.push(signatureProblem(request, body, key, 'execute-api'));
        if (problems.at(-1)) response.writeHead(403).end(problems.at(-1));
        return problems.at(-1) !== undefined;
      },
      authentication: () => ({ kind: 'sigv4', service }),
    });

  it('takes requests whose every signature holds', async () => {
    const stage = await signed('execute-api');
    expect(await stage.target.serving()).toMatchObject({ version: 'first' });
    expect(problems.length).toBeGreaterThan(2);
    await stage.stop();
  });

  it('refuses what is signed for another service, which trying again would not change', async () => {
    const stage = await signed('lambda');
    await expect(stage.target.serving()).rejects.toMatchObject({ name: 'TargetRefused' });
    await stage.stop();
  });
});

describe('a server behind OAuth', () => {
  let issuer: OAuthIssuer;
  beforeEach(async () => {
    issuer = await new OAuthIssuer({ id: 'sluice', secret }).start();
  });
  afterEach(() => issuer.stop());

  const start = async (clientId = 'sluice', metadataIssuer?: string) => {
    let url = '';
    const stage = await McpStage.start({
      guard: issuer.guardOf(() => url, metadataIssuer ? () => metadataIssuer : undefined),
      authentication: () => ({ kind: 'oauth', issuer: issuer.url, clientId, clientSecret: 'sluice/shop/mcp' }),
    });
    url = stage.server.url;
    return stage;
  };

  it('takes a token for client credentials, which is kept and got anew when it has expired', async () => {
    const stage = await start();
    await stage.target.serving();
    await stage.target.serving();
    expect(issuer.tokens).toHaveLength(1);

    issuer.expire();
    expect(await stage.target.serving()).toMatchObject({ version: 'first' });
    await stage.stop();
  });

  it('refuses a client that the issuer does not know', async () => {
    const stage = await start('somebody');
    await expect(stage.target.serving()).rejects.toMatchObject({ name: 'TargetRefused', message: expect.not.stringContaining(secret) });
    await stage.stop();
  });

  it('gets no credentials when it names another issuer than the configured one', async () => {
    const stage = await start('sluice', 'http://127.0.0.1:9');
    await expect(stage.target.serving()).rejects.toMatchObject({ name: expect.stringMatching(/^Target/) });
    expect(issuer.tokens).toEqual([]);
    await stage.stop();
  });
});

describe('a server that does not keep to the protocol', () => {
  let server: Server;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  const answering = async (status: number, type: string, body: string) => {
    server = createServer(
      (request, response) => void request.resume().on('end', () => response.writeHead(status, { 'content-type': type }).end(body)),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return targetAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`);
  };

  it.each([
    ['TargetUnreachable', 'is overloaded', 503, 'text/plain', 'later'],
    ['TargetUnreachable', 'asks for fewer calls', 429, 'text/plain', 'later'],
    ['TargetRefused', 'does not want us', 403, 'text/plain', 'no'],
    ['TargetReplyMalformed', 'answers pages', 200, 'text/html', '<p>hello'],
    ['TargetReplyMalformed', 'answers JSON that is no JSON-RPC', 200, 'application/json', '{"hello":1}'],
    ['TargetReplyMalformed', 'answers half a message', 200, 'application/json', '{"jsonrpc":'],
  ] as const)('is %s when it %s', async (name, _, status, type, body) => {
    const target = await answering(status, type, body);
    await expect(target.serving()).rejects.toMatchObject({ name });
  });

  it('is unreachable when nobody listens', async () => {
    await expect(targetAt('http://127.0.0.1:9/mcp').serving()).rejects.toMatchObject({ name: 'TargetUnreachable' });
  });

  it('is no release’s fault: an unreachable server has told nothing of its health', async () => {
    expect(await targetAt('http://127.0.0.1:9/mcp', { kind: 'none' }, () => new Date(1000)).sample('v', 0, 1000)).toMatchObject({
      requests: null,
      errors: null,
      healthy: null,
    });
  });
});
