import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import {
  ContinueServiceDeploymentCommand,
  type DeploymentConfiguration,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  type ECSClient,
  RegisterTaskDefinitionCommand,
  type Service,
  StopServiceDeploymentCommand,
  type TaskDefinition,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import type { Sample, Serving } from '#deployment/release';
import { probeOverHttp } from '#metrics/probe.http';
import { sampleService } from '#metrics/service-metrics.cloudwatch';
import { AliasMoved, MissingFact, RolledBackByTarget, TargetBusy } from '#platform/errors';
import type { ProbeRequest } from '#policy/policy';
import type { ProbeResponse } from '#policy/probe';
import { configurationFor, returnConfiguration, type ServiceShape, type Waits } from '#target/ecs/deployment-plan.ecs';
import { readState, type ServiceState, versionInArn } from '#target/ecs/service-state.ecs';
import { containerOf, imageOf, withImage } from '#target/ecs/task-definition.ecs';
import type { Artifact, Move, Shifted, Target } from './target.port.ts';

export interface EcsTargetSettings extends Waits {
  readonly cluster: string;
  readonly service: string;
  /** The container that gets the new image. */
  readonly container: string;
  /** One listener per target group, for probes only. It reaches a version independently of the users' routing. */
  readonly probes: readonly { readonly targetGroupArn: string; readonly url: string }[];
  readonly bucket: string;
  /** Seconds between two polls. Metrics are read in periods of at most this length. */
  readonly intervalSeconds: number;
}

/** One ECS service per environment. Versions are task definition revisions; ECS's own strategies move the traffic. */
export class EcsTarget implements Target {
  readonly supports = ['rolling', 'canary', 'blue-green', 'a-b'] as const;
  readonly movesGradually = true as const;
  readonly #ecs: ECSClient;
  readonly #cloudwatch: CloudWatchClient;
  readonly #settings: EcsTargetSettings;

  constructor(ecs: ECSClient, cloudwatch: CloudWatchClient, settings: EcsTargetSettings) {
    this.#ecs = ecs;
    this.#cloudwatch = cloudwatch;
    this.#settings = settings;
  }

  async serving(): Promise<Serving> {
    return (await this.#state()).serving;
  }

  /** Waits for an earlier release that still bakes. Registers the same artifact only once. */
  async stage(artifact: Artifact): Promise<{ ready: false } | { ready: true; version: string }> {
    const state = await this.#state();
    if (state.isUnderWay) return { ready: false };
    const current = await this.#definition(state.serving.version);
    const image = imageOf(containerOf(current, this.#settings.container).image as string, artifact);
    const latest = await this.#definition(current.family as string);
    if (containerOf(latest, this.#settings.container).image === image)
      return { ready: true, version: versionInArn(latest.taskDefinitionArn) };
    const source = `s3://${this.#settings.bucket}/${artifact.key}${artifact.versionId ? `?versionId=${artifact.versionId}` : ''}`;
    const next = withImage(current, this.#settings.container, image, source);
    const { taskDefinition } = await this.#ecs.send(new RegisterTaskDefinitionCommand(next));
    return { ready: true, version: versionInArn(taskDefinition?.taskDefinitionArn) };
  }

  async shift(move: Move): Promise<Shifted> {
    const state = await this.#state();
    const { serving } = state;
    if (serving.revision === move.revision && move.index === 0) return this.#deploy(move);
    checkOurs(state, move);
    if (state.isGivenUp) throw new RolledBackByTarget(state.reason);
    if (state.weight > move.weightPercent) throw new AliasMoved(`${move.candidate} already has ${state.weight} %`);
    if (state.weight < move.weightPercent) return this.#goOn(state);
    const stands = move.weightPercent === 100 ? state.hasArrived : state.pausedAt !== undefined;
    return stands ? { settled: true, serving } : { settled: false };
  }

  async restore(version: string, revision: string): Promise<Shifted> {
    const state = await this.#state();
    if (deploymentIn(state.serving.revision) !== deploymentIn(revision))
      throw new TargetBusy(`${this.#settings.service}: a newer deployment of ${state.target} was just started`);
    if (state.hasArrived || !state.isUnderWay) {
      if (state.serving.version === version) return { settled: true, serving: state.serving };
      if (!state.isUnderWay) return this.#return(version);
    }
    if (state.target === version || state.isGivenUp) return { settled: false };
    if (state.source !== version) return this.#return(version);
    await this.#ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn: state.arn, stopType: 'ROLLBACK' }));
    return { settled: false };
  }

  async isStandingBy(version: string): Promise<boolean> {
    return (await this.#state()).isStandingBy(version);
  }

  /** Sends the request to the version's own target group. A version without tasks is unavailable (503). */
  async probe(version: string, request: ProbeRequest): Promise<ProbeResponse> {
    const state = await this.#state();
    if (state.isGivenUp && version === state.target) throw new RolledBackByTarget(state.reason);
    if (state.isRolling && state.isUnderWay)
      throw new TargetBusy('a rolling deployment is under way: a probe cannot choose between its versions');
    const group = state.targetGroupOf(version);
    if (!group) return { status: 503, body: `no task of ${version} runs`, durationMs: 0 };
    const probe = this.#settings.probes.find(({ targetGroupArn }) => targetGroupArn === group);
    if (!probe) throw new MissingFact(`no probe listener is configured for ${group}`);
    return probeOverHttp(probe.url, request);
  }

  sample(version: string, fromMs: number, toMs: number, slowerThanMs?: number): Promise<Sample> {
    const dimensions = { Service: this.#settings.service, TaskDefinition: version };
    return sampleService(this.#cloudwatch, dimensions, { fromMs, toMs, slowerThanMs, intervalSeconds: this.#settings.intervalSeconds });
  }

  async #deploy({ candidate, weights }: Move): Promise<Shifted> {
    const shape = shapeOf(await this.#service());
    return this.#update(candidate, configurationFor(weights, shape, this.#settings));
  }

  async #return(version: string): Promise<Shifted> {
    return this.#update(version, returnConfiguration(shapeOf(await this.#service())));
  }

  async #update(taskDefinition: string, deploymentConfiguration: DeploymentConfiguration): Promise<Shifted> {
    const { cluster, service } = this.#settings;
    await this.#ecs.send(new UpdateServiceCommand({ cluster, service, taskDefinition, deploymentConfiguration }));
    return { settled: false };
  }

  async #goOn({ pausedAt, arn }: ServiceState): Promise<Shifted> {
    if (pausedAt)
      await this.#ecs.send(new ContinueServiceDeploymentCommand({ serviceDeploymentArn: arn, hookId: pausedAt, action: 'CONTINUE' }));
    return { settled: false };
  }

  #state(): Promise<ServiceState> {
    return readState(this.#ecs, { cluster: this.#settings.cluster, service: this.#settings.service });
  }

  async #service(): Promise<Service> {
    const { cluster, service } = this.#settings;
    const [found] = (await this.#ecs.send(new DescribeServicesCommand({ cluster, services: [service] }))).services ?? [];
    if (!found) throw new MissingFact(`there is no service ${cluster}/${service}`);
    return found;
  }

  async #definition(taskDefinition: string): Promise<TaskDefinition> {
    const { taskDefinition: found } = await this.#ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }));
    if (!found) throw new MissingFact(`there is no task definition ${taskDefinition}`);
    return found;
  }
}

/** Throws AliasMoved unless the newest deployment is the one that this release has started. */
function checkOurs({ target, arn }: ServiceState, { candidate, revision, index }: Move): void {
  if (target !== candidate) throw new AliasMoved(`a newer deployment of ${target} was started`);
  if (index > 0 && arn.split('/').at(-1) !== deploymentIn(revision)) throw new AliasMoved(`${candidate} was deployed once more`);
}

/** A revision is the name of a deployment and its share of the traffic, as `id@weight`. */
const deploymentIn = (revision: string) => revision.split('@')[0];

const shapeOf = ({ desiredCount = 1, loadBalancers = [], deploymentConfiguration }: Service): ServiceShape => ({
  desiredCount,
  hasAlternate: loadBalancers.some(({ advancedConfiguration }) => advancedConfiguration?.alternateTargetGroupArn !== undefined),
  current: deploymentConfiguration,
});
