import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { ECSClient } from '@aws-sdk/client-ecs';
import { type Runtime, startRuntime, VirtualClock } from '@sluice/emulator';
import { App } from 'aws-cdk-lib';
import { EcsTarget, type EcsTargetSettings } from '#target/target.ecs';
import type { Artifact } from '#target/target.port';
import { type Behaviour, cluster, digestOf, EcsExampleStack, releaseZip, synthesiseUnchecked } from './ecs-stack.ts';

const START = Date.parse('2026-03-02T09:00:00Z');
const BUCKET = 'artifacts';

/** The ECS settings of one service of the example stack, as the owners of an application configure them. */
export function ecsSettings({ outputs, hosts }: Runtime, service: string): Omit<EcsTargetSettings, 'bucket' | 'intervalSeconds'> {
  const output = (name: string) => outputs[`${service.replace('-', '')}${name}`] as string;
  const probe = (colour: string) => ({ targetGroupArn: output(colour), url: hosts.loadBalancers.url(output(`Probe${colour}`)) });
  return { cluster, service, container: 'web', probes: [probe('Blue'), probe('Green')], bakeMinutes: 1, pauseMinutes: 5 };
}

export const usersUrl = ({ outputs, hosts }: Runtime, service: string): string =>
  hosts.loadBalancers.url(outputs[`${service.replace('-', '')}Users`] as string);

/** Sends requests of users at a steady rate of virtual time, each on a new connection, and counts the failed ones. */
export class Users {
  sent = 0;
  failed = 0;
  /** 0 stops the traffic. */
  requestsPerSecond: number;
  /** The paths that users ask for, in turn. */
  paths: readonly string[] = ['/products'];
  readonly #clock: VirtualClock;
  readonly #url: string;
  #cancel: () => void = () => undefined;

  constructor(clock: VirtualClock, url: string, requestsPerSecond: number) {
    this.#clock = clock;
    this.#url = url;
    this.requestsPerSecond = requestsPerSecond;
    this.#next(0);
  }

  stop(): void {
    this.#cancel();
  }

  #next(afterMs: number): void {
    this.#cancel = this.#clock.at(this.#clock.nowMs() + afterMs, () => {
      if (this.requestsPerSecond > 0) this.#send();
      this.#next(this.requestsPerSecond > 0 ? 1000 / this.requestsPerSecond : 1000);
    });
  }

  #send(): void {
    const release = this.#clock.hold('traffic');
    const path = this.paths[this.sent++ % this.paths.length];
    fetch(`${this.#url}${path}`)
      .then(async (answer) => (await answer.text()) !== '' && answer.ok)
      .catch(() => false)
      .then((good) => {
        if (!good) this.failed++;
      })
      .finally(release);
  }
}

/** One service of two tasks on the embedded ECS, in virtual time. */
export class EcsStage {
  readonly runtime: Runtime;
  readonly clock: VirtualClock;
  readonly target: EcsTarget;
  readonly ecs: ECSClient;
  readonly folder: string;
  readonly service: string;

  private constructor(runtime: Runtime, clock: VirtualClock, folder: string, service: string) {
    this.runtime = runtime;
    this.clock = clock;
    this.folder = folder;
    this.service = service;
    this.ecs = new ECSClient(runtime.clientConfig());
    this.target = new EcsTarget(this.ecs, new CloudWatchClient(runtime.clientConfig()), {
      ...ecsSettings(runtime, service),
      bucket: BUCKET,
      intervalSeconds: 1,
    });
  }

  static async start(service = 'storefront'): Promise<EcsStage> {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-ecs-'));
    const app = new App({ outdir: join(folder, 'cdk.out'), analyticsReporting: false });
    new EcsExampleStack(app, 'Shop', { services: [service], tasks: 2, artifacts: `arn:aws:s3:::${BUCKET}` });
    synthesiseUnchecked(app);
    const stage = await EcsStage.#run(folder, service, START);
    await stage.later(30);
    return stage;
  }

  /** Stops the emulator with all its tasks, and starts it again on the same folder. */
  async restarted(): Promise<EcsStage> {
    await this.runtime.stop();
    const stage = await EcsStage.#run(this.folder, this.service, this.clock.nowMs());
    await stage.later(30);
    return stage;
  }

  static async #run(folder: string, service: string, startMs: number): Promise<EcsStage> {
    const clock = new VirtualClock(startMs);
    const [cloudAssembly, dataDir] = [join(folder, 'cdk.out'), join(folder, 'data')];
    const runtime = await startRuntime({ cloudAssembly, stackName: 'Shop', dataDir, clock, log: () => undefined });
    return new EcsStage(runtime, clock, folder, service);
  }

  async stop(): Promise<void> {
    await this.runtime.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  later(seconds: number): Promise<void> {
    return this.clock.runUntil(new Promise<void>((resolve) => this.clock.at(this.clock.nowMs() + seconds * 1000, resolve)));
  }

  /** Stores a release of the test service as the build does. */
  artifact(behaviour: Behaviour, text: string): Artifact {
    const zip = releaseZip(behaviour, text);
    const key = `deployments/${text}/artifact.zip`;
    this.runtime.hosts.s3.putAsset(BUCKET, key, zip);
    return { key, digest: digestOf(zip) };
  }

  /** Stages a release when the target is free again, and returns its version. */
  async staged(behaviour: Behaviour, text: string): Promise<string> {
    const artifact = this.artifact(behaviour, text);
    for (let tries = 0; tries < 100; tries++) {
      const answer = await this.clock.runUntil(this.target.stage(artifact));
      if (answer.ready) return answer.version;
      await this.later(10);
    }
    throw new Error('the target did not stage the artifact');
  }

  /** Asks every two seconds until the move is settled, as the state machine does. */
  async settled<Reply extends { settled: boolean }>(ask: () => Promise<Reply>): Promise<Extract<Reply, { settled: true }>> {
    for (let tries = 0; tries < 200; tries++) {
      const answer = await this.clock.runUntil(ask());
      if (answer.settled) return answer as Extract<Reply, { settled: true }>;
      await this.later(2);
    }
    throw new Error('the move did not settle');
  }

  /** Returns to a version as the state machines do: from the routing that it reads first. */
  async return(version: string) {
    return this.target.restore(version, (await this.target.serving()).revision);
  }
}
