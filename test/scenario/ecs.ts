import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ECSClient, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { Deployment } from '#domain/deployment';
import { type EnvironmentPolicy, localPolicy, type Policy } from '#domain/policy';
import { applicationSchema } from '#ports/applications';
import { deployments, records, targetOf } from '#support/services';
import { connectTo, pointAt } from '../../cli/connection.ts';
import { openApp, stackIn } from '../../infra/app.ts';
import { VirtualClock } from '../../infra/local/clock.ts';
import { type Runtime, startRuntime } from '../../infra/local/runtime.ts';
import { ecsSettings, sendTraffic, type Traffic, usersUrl } from '../target/ecs.ts';
import { type Behaviour, cluster, digestOf, EcsExampleStack, releaseZip } from '../target/ecs-stack.ts';
import { deploymentWith, fix } from '../unit/deployment-fixture.ts';

const START = Date.parse('2026-03-02T09:00:00Z');
const SERVICE = 'storefront';
const SLUICE = { cluster, service: SERVICE, family: SERVICE, roles: ['shop-task', 'shop-execution'] };

/** Sluice's own stack with rights on one ECS service, beside the stack that has it. */
function assemblyIn(outdir: string): void {
  const app = openApp(outdir);
  app.node.setContext('services', [SLUICE]);
  stackIn(app, (name) => join(process.env.SLUICE_CLOUD_ASSEMBLY as string, 'bundles', name));
  new EcsExampleStack(app, 'Shop', { services: [SERVICE], tasks: 2, artifacts: 'arn:aws:s3:::*/deployments' });
  app.synth();
}

/** What a scenario has seen when a release is over. */
export interface Over {
  readonly deployment: Deployment;
  readonly result: string | undefined;
  readonly reason: string;
  readonly serving: string;
  readonly sent: number;
  readonly failed: number;
}

/** Releases of one ECS service by the real state machines, bundles and roles, in virtual time. */
export class EcsSluice {
  readonly runtime: Runtime;
  readonly clock: VirtualClock;
  readonly #folder: string;
  #count = 0;

  private constructor(runtime: Runtime, clock: VirtualClock, folder: string) {
    this.runtime = runtime;
    this.clock = clock;
    this.#folder = folder;
  }

  static async start(): Promise<EcsSluice> {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-ecs-'));
    const cloudAssembly = join(folder, 'cdk.out');
    assemblyIn(cloudAssembly);
    const clock = new VirtualClock(START);
    const options = { cloudAssembly, stackName: 'Sluice', alongside: ['Shop'], dataDir: join(folder, 'data'), clock, log: () => undefined };
    const runtime = await startRuntime(options);
    pointAt(runtime.endpoint);
    connectTo(runtime.outputs);
    const sluice = new EcsSluice(runtime, clock, folder);
    await sluice.later(30);
    return sluice;
  }

  async stop(): Promise<void> {
    await this.runtime.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  later(seconds: number): Promise<void> {
    return this.clock.runUntil(new Promise<void>((resolve) => this.clock.at(this.clock.nowMs() + seconds * 1000, resolve)));
  }

  /** The version that has all the traffic; undefined while it is split. */
  async serving(): Promise<string> {
    const { version, candidate } = await this.#target().then((target) => target.serving());
    return candidate ? `${version} and ${candidate.version}` : version;
  }

  /** Opens a deployment with a fix of the given behaviour and starts its release; nothing else of the deployment runs. */
  async release(behaviour: Behaviour, strategy: Partial<EnvironmentPolicy>): Promise<Release> {
    const id = `auto-deploy-20260302-${String(++this.#count).padStart(10, '0')}`;
    const policy = policyWith(strategy);
    const zip = releaseZip(behaviour, id);
    const artifactKey = `deployments/${id}/artifact.zip`;
    this.runtime.hosts.s3.putAsset(this.runtime.outputs.ArtifactsBucket as string, artifactKey, zip);
    await this.clock.runUntil(this.#register(policy));
    await this.clock.runUntil(open(id, policy, { artifactKey, digest: digestOf(zip) }));
    const traffic = sendTraffic(this.clock, usersUrl(this.runtime, SERVICE), 12);
    const stateMachineArn = this.runtime.outputs.ReleaseMachineArn;
    const input = JSON.stringify({ deploymentId: id, environment: 'staging' });
    await new SFNClient().send(new StartExecutionCommand({ stateMachineArn, name: `${id}-staging`, input }));
    return new Release(this, id, traffic);
  }

  /** Deploys the first task definition over whatever runs, as a person in a hurry does. */
  async deployByHand(): Promise<void> {
    const byHand = { cluster, service: SERVICE, taskDefinition: `${SERVICE}:1`, deploymentConfiguration: {} };
    await new ECSClient().send(new UpdateServiceCommand(byHand));
  }

  async #register(policy: Policy): Promise<void> {
    const target = { kind: 'ecs' as const, ...ecsSettings(this.runtime, SERVICE) };
    await records().register(
      applicationSchema.parse({
        name: 'storefront',
        repository: 'acme/storefront',
        repositoryUrl: '/nowhere',
        authors: [{ name: 'ana@acme.example', via: 'ci.storefront' }],
        approvers: { production: ['lead@acme.example'] },
        checks: { 'functional-validation': { requests: [{ name: 'products', path: '/products', expectBody: 'served' }] } },
        targets: { staging: target, production: target },
        metricLagSeconds: 0,
        policy,
      }),
    );
  }

  async #target() {
    return targetOf(await records().readApplication('storefront'), 'staging');
  }
}

/** One release under way, and its users. */
export class Release {
  readonly id: string;
  readonly #sluice: EcsSluice;
  readonly #traffic: Traffic;

  constructor(sluice: EcsSluice, id: string, traffic: Traffic) {
    this.#sluice = sluice;
    this.id = id;
    this.#traffic = traffic;
  }

  /** Lets time run until the release is as wanted. */
  async until(wanted: (deployment: Deployment) => boolean): Promise<Deployment> {
    for (let looks = 0; looks < 1000; looks++) {
      const deployment = await this.#sluice.clock.runUntil(deployments().read(this.id));
      if (wanted(deployment)) return deployment;
      await this.#sluice.later(1);
    }
    throw new Error(`it never was: ${JSON.stringify((await deployments().trail(this.id)).slice(-3))}`);
  }

  async askedToStop(): Promise<void> {
    const stopRequest = { kind: 'rollback' as const, by: 'ana@acme.example', at: new Date(START).toISOString(), reason: 'looks odd' };
    const event = { type: 'StopRequested' as const, ...stopRequest };
    const occasion = { place: 'test/stop', actor: 'test' };
    await this.#sluice.clock.runUntil(deployments().record(this.id, occasion, (current) => ({ event, next: { ...current, stopRequest } })));
  }

  async over(): Promise<Over> {
    const deployment = await this.until(({ staging }) => staging?.result !== undefined && staging.finishedAt !== undefined);
    this.#traffic.stop();
    const { sent, failed } = this.#traffic;
    const { result, resultReason, rollback } = deployment.staging ?? {};
    return { deployment, result, reason: rollback?.reason ?? resultReason ?? '', serving: await this.#sluice.serving(), sent, failed };
  }
}

const policyWith = (strategy: Partial<EnvironmentPolicy>): Policy => ({
  ...localPolicy,
  staging: { ...localPolicy.staging, bakeSeconds: 2, monitorSeconds: 3, ...strategy },
});

async function open(id: string, policy: Policy, artifact: { artifactKey: string; digest: string }): Promise<void> {
  const opened = deploymentWith({
    id,
    policy,
    sequence: 0,
    headHash: '',
    status: 'Resolving',
    fix: { ...fix, ...artifact },
    staging: undefined,
    production: undefined,
    outcome: undefined,
    outcomeReason: undefined,
    stages: [],
  });
  const event = {
    type: 'IssueAdmitted' as const,
    issueId: id,
    issueDigest: id,
    fingerprint: id,
    domain: 'test-failures',
    severity: 'low',
    channel: 'bus',
    policyVersion: policy.version,
  };
  if (!(await deployments().create(opened, event, { place: `test/${id}`, actor: 'test' }))) throw new Error(`${id} exists`);
}
