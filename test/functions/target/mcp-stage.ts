import { createHash } from 'node:crypto';
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { McpAuthentication } from '#platform/endpoint';
import { accessTo } from '#platform/mcp/access';
import { McpTools } from '#platform/mcp/tools';
import { checkNames, guidePolicy } from '#policy/policy';
import { McpTarget } from '#target/target.mcp';
import type { Move } from '#target/target.port';
import { Environment, type Service } from '../../../examples/mcp-deployment-server/environment.ts';
import { type Guard, type RunningServer, startDeploymentServer } from '../../../examples/mcp-deployment-server/server.ts';

export const key = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
export const secret = 'a-secret-of-the-client';

export const artifactNamed = (text: string) => ({
  key: `deployments/${text}/artifact.zip`,
  digest: createHash('sha256').update(text).digest('base64'),
});

/** The example MCP server, with a first version in production, and the target that delegates to it. */
export class McpStage {
  nowMs = Date.parse('2026-03-02T09:00:00Z');
  readonly production = new Environment('production', () => this.nowMs);
  /** The number of calls of each tool. */
  readonly called: Record<string, number> = {};
  /** Runs before each call of a tool. It may throw. */
  before: (tool: string) => void = () => undefined;
  deploySeconds = 0;
  server!: RunningServer;
  target!: McpTarget;

  static async start({ guard, authentication }: { guard?: Guard; authentication?: () => McpAuthentication } = {}): Promise<McpStage> {
    const stage = new McpStage();
    await stage.production.deploy('first', 'first', 0, async () => answering('first'));
    const checks = [
      { name: 'service-health', requests: [{ method: 'GET', path: '/health' }] },
      { name: 'performance', requests: [{ method: 'GET', path: '/' }] },
    ];
    const options = {
      environments: [stage.production],
      checks,
      get deploySeconds() {
        return stage.deploySeconds;
      },
      start: async ({ key: name }: { key: string }) => answering(name),
      before: (tool: string) => {
        stage.called[tool] = (stage.called[tool] ?? 0) + 1;
        stage.before(tool);
      },
    };
    stage.server = await startDeploymentServer(options, guard);
    stage.target = targetAt(stage.server.url, authentication?.(), () => new Date(stage.nowMs));
    return stage;
  }

  stop = (): Promise<void> => this.server.close();

  /** Asks every two seconds until the move is settled, as the state machine does. */
  async settled(ask: () => ReturnType<McpTarget['shift']>, tries = 20) {
    for (let i = 0; i < tries; i++) {
      const answer = await ask();
      if (answer.settled) return answer.serving;
      this.nowMs += 2000;
    }
    throw new Error(`not settled after ${tries} tries`);
  }

  /** Stages an artifact and returns the move to it in one step. */
  async staged(text: string): Promise<Move> {
    const { version: baseline, revision } = await this.target.serving();
    const staged = await this.target.stage(artifactNamed(text));
    if (!staged.ready) throw new Error('the dry run was not ready at its first reply');
    return { baseline, candidate: staged.version, revision, weightPercent: 100, weights: [100], index: 0, strategy: 'rolling' };
  }

  /** Sends requests of users to production. Returns the number that failed. */
  async users(requests: number, path = '/'): Promise<number> {
    const answers = await Promise.all(Array.from({ length: requests }, () => fetch(`${this.server.usersUrl('production')}${path}`)));
    await Promise.all(answers.map((answer) => answer.text()));
    return answers.filter(({ ok }) => !ok).length;
  }
}

/** A target for the server at a URL, with the keys and the secret of this stage. */
export function targetAt(
  url: string,
  authentication: McpAuthentication = { kind: 'none' },
  now = () => new Date('2026-03-02T09:00:00Z'),
): McpTarget {
  const { config: signer } = new LambdaClient({ region: 'eu-west-1', credentials: key });
  const secrets = { readSecret: async () => secret };
  const policy = guidePolicy.production;
  return new McpTarget(
    new McpTools(url, accessTo(authentication, { signer, secrets, now })),
    {
      ...policy,
      environment: 'production',
      bucket: 'artefacts',
      healthPath: '/health',
      checks: checkNames,
      longestLookSeconds: 15,
      arguments: {},
    },
    now,
  );
}

/** A release that replies with its name. It is unhealthy if its name says so. */
const answering =
  (name: string): Service =>
  async ({ path }) => ({ status: (path === '/health' && name.includes('unhealthy')) || path === '/broken' ? 500 : 200, body: name });
