import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ECSClient, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { type Runtime, startRuntime, VirtualClock } from '@sluice/emulator';
import type { Release } from '#deployment/release';
import { type Application, applicationSchema } from '#policy/application';
import { type EnvironmentPolicy, localPolicy, type Policy, type Strategy } from '#policy/policy';
import { passLockOn } from '#release/pass-lock-on.flow';
import { applications, deployments, lockPorts, locks, targetOf } from '#services';
import { readState } from '#target/ecs/service-state.ecs';
import { connectTo, pointAt } from '../../cli/connection.ts';
import { openApp, stackIn } from '../../infra/app.ts';
import { deploymentWith, fix } from '../fixtures/deployment.ts';
import { ecsSettings, Users, usersUrl } from '../functions/target/ecs.ts';
import { type Behaviour, cluster, digestOf, EcsExampleStack, releaseZip, synthesiseUnchecked } from '../functions/target/ecs-stack.ts';
import { noteStates } from './histories.ts';
import { unhurried } from './sluice.ts';
import { UsersReport } from './users-report.ts';

const START = Date.parse('2026-03-02T09:00:00Z');
const SERVICE = 'storefront';
const SLUICE = { cluster, service: SERVICE, family: SERVICE, roles: ['shop-task', 'shop-execution'] };
const REQUESTS_PER_SECOND = 6;
const lock = { application: 'storefront', environment: 'staging' } as const;

/** Synthesizes Sluice with rights on one ECS service, and the stack of that service. */
function assemblyIn(outdir: string): void {
  const app = openApp(outdir);
  app.node.setContext('services', [SLUICE]);
  stackIn(app, (name) => join(process.env.SLUICE_CLOUD_ASSEMBLY as string, 'bundles', name));
  new EcsExampleStack(app, 'Shop', { services: [SERVICE], tasks: 2, artifacts: 'arn:aws:s3:::*/deployments' });
  synthesiseUnchecked(app);
}

/** The result of a release after its last task has left: the serving version, and the users' requests. */
export interface Over extends Release {
  readonly serving: string;
  readonly sent: number;
  readonly failed: number;
}

/** Releases one ECS service with the real machines, bundles and roles, in virtual time and with steady users. */
export class EcsReleases {
  readonly runtime: Runtime;
  readonly clock: VirtualClock;
  readonly users: Users;
  readonly #folder: string;
  readonly #ecs = new ECSClient();
  readonly #report = new UsersReport('ecs');
  #count = 0;
  #configured: Application | undefined;

  private constructor(runtime: Runtime, clock: VirtualClock, folder: string) {
    this.runtime = runtime;
    this.clock = clock;
    this.#folder = folder;
    this.users = new Users(clock, usersUrl(runtime, SERVICE), 0);
  }

  static async start(): Promise<EcsReleases> {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-ecs-'));
    const cloudAssembly = join(folder, 'cdk.out');
    assemblyIn(cloudAssembly);
    const clock = new VirtualClock(START);
    const options = { cloudAssembly, stackName: 'Sluice', alongside: ['Shop'], dataDir: join(folder, 'data'), clock, log: () => undefined };
    const runtime = await startRuntime(options);
    pointAt(runtime.endpoint);
    connectTo(runtime.outputs);
    const releases = new EcsReleases(runtime, clock, folder);
    await releases.later(15);
    return releases;
  }

  async stop(): Promise<void> {
    this.#report.print();
    this.users.stop();
    await this.later(1);
    await this.clock.runUntil(noteStates(this.runtime, this.clock));
    await this.runtime.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  later(seconds: number): Promise<void> {
    return this.clock.runUntil(new Promise<void>((resolve) => this.clock.at(this.clock.nowMs() + seconds * 1000, resolve)));
  }

  async supports(): Promise<readonly Strategy[]> {
    return targetOf(this.#application(localPolicy), 'staging').supports;
  }

  /** The version with all the traffic. While the traffic is split, both versions. */
  async serving(): Promise<string> {
    const { version, candidate } = (await this.#state()).serving;
    return candidate ? `${version} and ${candidate.version}` : version;
  }

  /** Opens a deployment with a fix that behaves as given and starts only its release. */
  async release(behaviour: Behaviour, strategy: Partial<EnvironmentPolicy>, checks?: Application['checks']): Promise<string> {
    const id = `auto-deploy-20260302-${String(++this.#count).padStart(10, '0')}`;
    const policy = policyWith(strategy);
    const zip = releaseZip(behaviour, id);
    const artifactKey = `deployments/${id}/artifact.zip`;
    this.runtime.hosts.s3.putAsset(this.runtime.outputs.ArtifactsBucket as string, artifactKey, zip);
    this.#configured = this.#application(policy);
    await this.reconfigure(checks);
    await this.clock.runUntil(open(id, policy, { artifactKey, digest: digestOf(zip) }));
    Object.assign(this.users, { requestsPerSecond: REQUESTS_PER_SECOND, sent: 0, failed: 0 });
    const stateMachineArn = this.runtime.outputs.ReleaseMachineArn;
    const input = JSON.stringify({ deploymentId: id, environment: 'staging' });
    await new SFNClient().send(new StartExecutionCommand({ stateMachineArn, name: `${id}-staging`, input }));
    return id;
  }

  /** Replaces the application's checks during a release. Without checks, it restores the original ones. */
  async reconfigure(checks?: Application['checks']): Promise<void> {
    const configured = this.#configured as Application;
    await this.clock.runUntil(applications().register({ ...configured, checks: checks ?? configured.checks }));
  }

  /** Lets time run until the release is as wanted. Each look is a real read. */
  async reached(id: string, wanted: (release: Release) => boolean, lookEverySeconds = 0.5): Promise<Release> {
    for (let looks = 0; looks < 1000; looks++) {
      const { staging } = await this.clock.runUntil(deployments().read(id));
      if (staging && wanted(staging)) return staging;
      await this.later(lookEverySeconds);
    }
    throw new Error(`the release never became as wanted; its last rows: ${JSON.stringify((await deployments().trail(id)).slice(-3))}`);
  }

  atStep = (id: string, stepIndex: number): Promise<Release> => this.reached(id, (release) => release.stepIndex >= stepIndex);

  /** From a step on, users also send the requests on which the weak candidate fails. */
  async awkwardFrom(id: string, stepIndex: number): Promise<void> {
    await this.atStep(id, stepIndex);
    this.users.paths = ['/products', '/products', '/awkward'];
  }

  async askedToStop(id: string): Promise<void> {
    const stopRequest = { kind: 'rollback' as const, by: 'ana@acme.example', at: new Date(START).toISOString(), reason: 'looks odd' };
    const event = { type: 'StopRequested' as const, ...stopRequest };
    const entry = { entryKey: 'test/stop', actor: 'test' };
    await this.clock.runUntil(deployments().record(id, entry, (current) => ({ event, next: { ...current, stopRequest } })));
  }

  /** Waits until the release has ended and ECS has cleaned up, while the users continue. */
  async over(id: string): Promise<Over> {
    const release = await this.reached(id, ({ finishedAt }) => finishedAt !== undefined, 2);
    Object.assign(this.users, { requestsPerSecond: 0.5, paths: ['/products'] });
    while ((await this.#state()).isUnderWay) await this.later(15);
    const { sent, failed } = this.users;
    this.#report.add(this.#configured?.policy.staging.strategy as string, release, sent, failed);
    return { ...release, serving: await this.serving(), sent, failed };
  }

  /** Returns why the lock is kept after the release, if it is, and then releases it as a person would. */
  async heldBecause(id: string): Promise<string | undefined> {
    const { heldBecause } = await this.clock.runUntil(locks().read(lock));
    await this.clock.runUntil(passLockOn(lockPorts(), lock, id, { entryKey: 'test/mended', actor: 'test' }));
    return heldBecause;
  }

  /** Deploys the first task definition by hand, as a person in a hurry does. */
  async deployByHand(): Promise<void> {
    const byHand = { cluster, service: SERVICE, taskDefinition: `${SERVICE}:1`, deploymentConfiguration: {} };
    await this.#ecs.send(new UpdateServiceCommand(byHand));
  }

  #application(policy: Policy): Application {
    const target = { kind: 'ecs' as const, ...ecsSettings(this.runtime, SERVICE) };
    return applicationSchema.parse({
      name: lock.application,
      repository: 'acme/storefront',
      repositoryUrl: '/nowhere',
      authors: [{ name: 'ana@acme.example', via: 'ci.storefront' }],
      approvers: { production: ['lead@acme.example'] },
      checks: { 'functional-validation': { requests: [{ name: 'products', path: '/products', expectBody: 'served' }] } },
      targets: { staging: target, production: target },
      metricLagSeconds: 0,
      policy,
    });
  }

  #state = () => this.clock.runUntil(readState(this.#ecs, { cluster, service: SERVICE }));
}

const staging = unhurried(localPolicy.staging);
/** The shortest watches, with few users: each request is three real requests, through the load balancer to a task. */
const brief = {
  ...{ bakeSeconds: 2, monitorSeconds: 2, inconclusiveLimit: 3, historyIntervals: 2 },
  limits: { ...staging.limits, minimumRequests: 3 },
};
const policyWith = (strategy: Partial<EnvironmentPolicy>): Policy => ({ ...localPolicy, staging: { ...staging, ...brief, ...strategy } });

async function open(id: string, policy: Policy, artifact: { artifactKey: string; digest: string }): Promise<void> {
  const none = { staging: undefined, production: undefined, outcome: undefined, outcomeReason: undefined, stages: [] };
  const opened = deploymentWith({ id, policy, sequence: 0, headHash: '', status: 'Resolving', fix: { ...fix, ...artifact }, ...none });
  const event = {
    type: 'IssueAdmitted' as const,
    ...{ issueId: id, issueDigest: id, fingerprint: id },
    ...{ domain: 'test-failures', severity: 'low', channel: 'bus', policyVersion: policy.version },
  };
  if (!(await deployments().create(opened, event, { entryKey: `test/${id}`, actor: 'test' }))) throw new Error(`${id} exists`);
}
