import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { type Runtime, startRuntime, VirtualClock } from '@sluice/emulator';
import { strToU8, zipSync } from 'fflate';
import type { Deployment } from '#deployment/deployment';
import { applicationSchema } from '#policy/application';
import { type EnvironmentPolicy, localPolicy, type Policy } from '#policy/policy';
import { applications, deployments } from '#services';
import { connectTo, pointAt } from '../../cli/connection.ts';
import { type ArtifactReference, Environment, type Service } from '../../examples/mcp-deployment-server/environment.ts';
import { startHandler } from '../../examples/mcp-deployment-server/handler-service.ts';
import { type Guard, type RunningServer, startDeploymentServer } from '../../examples/mcp-deployment-server/server.ts';
import { deploymentWith, fix } from '../fixtures/deployment.ts';
import { PrometheusServer } from '../functions/metrics/prometheus-server.ts';
import { OAuthIssuer } from '../functions/target/oauth-issuer.ts';
import { noteRights } from '../infra/rights.ts';
import { noteStates } from './histories.ts';
import { unhurried } from './sluice.ts';
import { UsersReport } from './users-report.ts';

const START = Date.parse('2026-03-02T09:00:00Z');
const secretName = 'sluice/storefront/mcp';
const checks = [
  { name: 'service-health', requests: [{ method: 'GET', path: '/health' }] },
  { name: 'functional-validation', requests: [{ method: 'GET', path: '/health', expectBody: 'well' }] },
];

/** Makes a release that serves users well or fails them. Its health path is always fine. */
const zipOf = (behaviour: 'well' | 'fails', id: string) =>
  zipSync(
    {
      'index.mjs': strToU8(
        `// ${id}\nexport const handler = async ({ rawPath }) => ({ statusCode: rawPath !== '/health' && ${behaviour === 'fails'} ? 500 : 200, body: 'well' });`,
      ),
    },
    { mtime: new Date('2026-01-01T00:00:00Z') },
  );

interface Parts {
  readonly runtime: Runtime;
  readonly clock: VirtualClock;
  readonly folder: string;
  readonly staging: Environment;
  readonly server: RunningServer;
  readonly prometheus: PrometheusServer;
  readonly issuer: OAuthIssuer;
}

/**
 * Releases through an MCP server behind OAuth with the real machines, bundles and roles, in virtual time.
 * The users send their requests to the server's own address for users.
 */
export class McpSluice {
  readonly runtime: Runtime;
  readonly clock: VirtualClock;
  readonly staging: Environment;
  readonly prometheus: PrometheusServer;
  readonly #parts: Parts;
  readonly #report = new UsersReport('mcp');
  #count = 0;
  sent = 0;
  failed = 0;
  /** Interferes with a tool before it runs. */
  before: (tool: string) => void = () => undefined;
  /** True if there are no users. */
  quiet = false;
  /** The strategies of the deployments that Sluice requested. */
  readonly strategies: string[] = [];
  /** True if the server must return 503 for the next request. */
  interrupt: () => boolean = () => false;

  private constructor(parts: Parts) {
    this.runtime = parts.runtime;
    this.clock = parts.clock;
    this.staging = parts.staging;
    this.prometheus = parts.prometheus;
    this.#parts = parts;
  }

  static async start(): Promise<McpSluice> {
    const clock = new VirtualClock(START);
    const folder = mkdtempSync(join(tmpdir(), 'sluice-mcp-'));
    const cloudAssembly = process.env.SLUICE_CLOUD_ASSEMBLY as string;
    const runtime = await startRuntime({ cloudAssembly, stackName: 'Sluice', dataDir: join(folder, 'data'), clock, log: () => undefined });
    pointAt(runtime.endpoint);
    connectTo(runtime.outputs);
    await new SecretsManagerClient().send(new CreateSecretCommand({ Name: secretName, SecretString: 'of the client' }));
    const issuer = await new OAuthIssuer({ id: 'sluice', secret: 'of the client' }).start();
    const staging = new Environment('staging', () => clock.nowMs());
    const first = zipOf('well', 'first');
    await staging.deploy('first', 'first', 0, () => startHandler(first, digestOf(first), folder));
    const interference: Pick<McpSluice, 'before' | 'interrupt'> = { before: () => undefined, interrupt: () => false };
    let heard: (body: string) => void = () => undefined;
    const authorised = issuer.guardOf(() => server.url);
    const guard: Guard = (request, body, response) => {
      heard(body);
      return interference.interrupt() ? response.writeHead(503).end() !== undefined : authorised(request, body, response);
    };
    const start = (artifact: ArtifactReference) => startStored(artifact, folder);
    const options = { environments: [staging], checks, start, deploySeconds: 3, before: (tool: string) => interference.before(tool) };
    const server = await startDeploymentServer(options, guard);
    const sluice = new McpSluice({ runtime, clock, folder, staging, server, issuer, prometheus: await new PrometheusServer().start() });
    interference.before = (tool) => sluice.before(tool);
    interference.interrupt = () => sluice.interrupt();
    heard = (body) => sluice.#hear(body);
    sluice.#sendTraffic(6);
    await sluice.later(10);
    return sluice;
  }

  async stop(): Promise<void> {
    this.#report.print();
    const { server, issuer, prometheus, runtime, folder } = this.#parts;
    noteRights(process.env.SLUICE_CLOUD_ASSEMBLY as string, runtime);
    await this.clock.runUntil(noteStates(runtime, this.clock));
    await server.close();
    issuer.stop();
    prometheus.stop();
    await runtime.stop();
    rmSync(folder, { recursive: true, force: true });
  }

  later(seconds: number): Promise<void> {
    return this.clock.runUntil(new Promise<void>((resolve) => this.clock.at(this.clock.nowMs() + seconds * 1000, resolve)));
  }

  /** Opens a deployment with a fix that behaves as given and runs only its release. */
  async release(behaviour: 'well' | 'fails', policy: Partial<EnvironmentPolicy> = {}) {
    const id = `auto-deploy-20260302-${String(++this.#count).padStart(10, '0')}`;
    const zip = zipOf(behaviour, id);
    const artifactKey = `deployments/${id}/artifact.zip`;
    this.runtime.hosts.s3.putAsset(this.runtime.outputs.ArtifactsBucket as string, artifactKey, Buffer.from(zip));
    const whole: Policy = {
      ...localPolicy,
      staging: { ...unhurried(localPolicy.staging), bakeSeconds: 2, monitorSeconds: 3, verifySeconds: 4, inconclusiveLimit: 6, ...policy },
    };
    await this.clock.runUntil(this.#register(whole));
    await this.clock.runUntil(open(id, whole, { artifactKey, digest: digestOf(zip) }));
    [this.sent, this.failed] = [0, 0];
    const input = JSON.stringify({ deploymentId: id, environment: 'staging' });
    await new SFNClient().send(
      new StartExecutionCommand({ stateMachineArn: this.runtime.outputs.ReleaseMachineArn, name: `${id}-staging`, input }),
    );
    const deployment = await this.#over(id);
    if (deployment.staging) this.#report.add(whole.staging.strategy, deployment.staging, this.sent, this.failed);
    const { result, resultReason, rollback } = deployment.staging ?? {};
    return { id, deployment, result, reason: rollback?.reason ?? resultReason ?? '', serving: this.staging.current?.version };
  }

  async #over(id: string): Promise<Deployment> {
    for (let looks = 0; looks < 500; looks++) {
      const deployment = await this.clock.runUntil(deployments().read(id));
      if (deployment.staging?.result !== undefined && deployment.staging.finishedAt !== undefined) return deployment;
      await this.later(1);
    }
    throw new Error(`the release never ended; its last rows: ${JSON.stringify((await deployments().trail(id)).slice(-3))}`);
  }

  async #register(policy: Policy): Promise<void> {
    const { server, issuer } = this.#parts;
    const authentication = { kind: 'oauth', issuer: issuer.url, clientId: 'sluice', clientSecret: secretName };
    const target = { kind: 'mcp', url: server.url, authentication, checks: ['service-health', 'functional-validation'] };
    await applications().register(
      applicationSchema.parse({
        name: 'storefront',
        repository: 'acme/storefront',
        repositoryUrl: '/nowhere',
        authors: [{ name: 'ana@acme.example', via: 'ci.storefront' }],
        approvers: { production: ['lead@acme.example'] },
        checks: {},
        targets: { staging: target, production: target },
        metrics: [
          { name: 'orders', direction: 'decrease', source: 'prometheus', url: this.prometheus.url, query: 'orders{env="$environment"}' },
        ],
        metricLagSeconds: 0,
        policy,
      }),
    );
  }

  #hear(body: string): void {
    const { name, arguments: asked } = (body === '' ? {} : JSON.parse(body)).params ?? {};
    if (name === 'deploy_application' && !asked.dryRun) this.strategies.push(asked.strategy);
  }

  #sendTraffic(requestsPerSecond: number): void {
    const send = () => {
      this.clock.at(this.clock.nowMs() + 1000 / requestsPerSecond, send);
      if (this.quiet) return;
      const release = this.clock.hold('traffic');
      this.sent++;
      fetch(`${this.#parts.server.usersUrl('staging')}/products`)
        .then(async (answer) => (await answer.text()) !== '' && answer.ok)
        .catch(() => false)
        .then((good) => {
          if (!good) this.failed++;
        })
        .finally(release);
    };
    this.clock.at(this.clock.nowMs(), send);
  }
}

/** Starts an artifact, fetched with the rights of the server's operator. */
async function startStored({ bucket: Bucket, key: Key, digest }: ArtifactReference, folder: string): Promise<Service> {
  const { Body } = await new S3Client({ forcePathStyle: true }).send(new GetObjectCommand({ Bucket, Key }));
  return startHandler((await Body?.transformToByteArray()) ?? new Uint8Array(), digest, folder);
}

const digestOf = (zip: Uint8Array) => createHash('sha256').update(zip).digest('base64');

async function open(id: string, policy: Policy, artifact: { artifactKey: string; digest: string }): Promise<void> {
  const none = { staging: undefined, production: undefined, outcome: undefined, outcomeReason: undefined, stages: [] };
  const opened = deploymentWith({ id, policy, sequence: 0, headHash: '', status: 'Resolving', fix: { ...fix, ...artifact }, ...none });
  const event = {
    type: 'IssueAdmitted' as const,
    ...{ issueId: id, issueDigest: id, fingerprint: id },
    ...{ domain: 'test-failures', severity: 'low', channel: 'bus', policyVersion: policy.version },
  };
  await deployments().create(opened, event, { entryKey: `test/${id}`, actor: 'test' });
}
