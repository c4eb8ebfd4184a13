import {
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  type ECSClient,
  ListServiceDeploymentsCommand,
  type ServiceDeployment,
  type ServiceDeploymentBrief,
  type ServiceRevision,
  type ServiceRevisionSummary,
} from '@aws-sdk/client-ecs';
import type { Serving } from '#deployment/release';
import { MissingFact } from '#platform/errors';

const UNDER_WAY = ['PENDING', 'IN_PROGRESS', 'STOP_REQUESTED', 'ROLLBACK_REQUESTED', 'ROLLBACK_IN_PROGRESS'];
const GIVEN_UP = ['STOP_REQUESTED', 'STOPPED', 'ROLLBACK_REQUESTED', 'ROLLBACK_IN_PROGRESS', 'ROLLBACK_SUCCESSFUL', 'ROLLBACK_FAILED'];
/** The stages after all traffic has arrived: only waiting and cleaning up remain. */
const ARRIVED = ['POST_PRODUCTION_TRAFFIC_SHIFT', 'BAKE_TIME', 'CLEAN_UP'];

/**
 * Reads from a service's newest deployment which version serves.
 * A version is `family:revision` of a task definition.
 */
export class ServiceState {
  readonly #deployment: ServiceDeployment;
  readonly #revisions: ReadonlyMap<string, ServiceRevision>;

  constructor(deployment: ServiceDeployment, revisions: readonly ServiceRevision[]) {
    this.#deployment = deployment;
    this.#revisions = new Map(revisions.map((revision) => [revision.serviceRevisionArn as string, revision]));
  }

  get arn(): string {
    return this.#deployment.serviceDeploymentArn as string;
  }

  get isUnderWay(): boolean {
    return UNDER_WAY.includes(this.#deployment.status ?? '');
  }

  /** True if the deployment goes back: by circuit breaker, alarm, timed-out pause or stop request. */
  get isGivenUp(): boolean {
    return GIVEN_UP.includes(this.#deployment.status ?? '');
  }

  get reason(): string {
    return this.#deployment.statusReason ?? this.#deployment.rollback?.reason ?? `its deployment is ${this.#deployment.status}`;
  }

  get target(): string {
    return this.#versionOf(this.#deployment.targetServiceRevision);
  }

  get source(): string | undefined {
    const [source] = this.#deployment.sourceServiceRevisions ?? [];
    return source && this.#versionOf(source);
  }

  /** A rolling deployment mixes both revisions in one target group. Otherwise each revision has its own. */
  get isRolling(): boolean {
    return (this.#deployment.deploymentConfiguration?.strategy ?? 'ROLLING') === 'ROLLING';
  }

  /** Percent of the production traffic that the target revision has. */
  get weight(): number {
    if (this.#deployment.status === 'SUCCESSFUL') return 100;
    if (!this.isUnderWay) return 0;
    const weight = this.#deployment.targetServiceRevision?.requestedProductionTrafficWeight;
    return weight ?? this.#shareOfTasks();
  }

  /** The id of the pause that waits to be continued. */
  get pausedAt(): string | undefined {
    const { lifecycleHookDetails: hooks = [] } = this.#deployment;
    return hooks.find(({ targetType, status }) => targetType === 'PAUSE' && status === 'AWAITING_ACTION')?.hookId;
  }

  get hasArrived(): boolean {
    return (
      this.#deployment.status === 'SUCCESSFUL' ||
      (!this.isGivenUp && this.weight === 100 && ARRIVED.includes(this.#deployment.lifecycleStage ?? ''))
    );
  }

  get serving(): Serving {
    const { weight, source, target } = this;
    const given = { revision: `${this.arn.split('/').at(-1)}@${weight}` };
    if (weight === 100 || source === undefined) return { ...given, version: target, codeSha256: this.#digestOf(target) };
    const candidate = this.isUnderWay ? { version: target, weightPercent: weight } : undefined;
    return { ...given, version: source, codeSha256: this.#digestOf(source), candidate };
  }

  /** True if a version has tasks of its own to probe: it serves alone, or it is the old one beside a new one. */
  isStandingBy(version: string): boolean {
    const { serving, source, isUnderWay, isRolling } = this;
    if (serving.version === version && !serving.candidate) return true;
    return isUnderWay && !isRolling && version === source && this.#deployment.lifecycleStage !== 'CLEAN_UP';
  }

  /** The target group of a version's tasks, if any of them run. */
  targetGroupOf(version: string): string | undefined {
    const isLeft = this.isUnderWay || version === this.serving.version;
    return isLeft ? this.#revisionOf(version)?.resolvedConfiguration?.loadBalancers?.[0]?.targetGroupArn : undefined;
  }

  #shareOfTasks(): number {
    const { targetServiceRevision: target, sourceServiceRevisions: sources = [] } = this.#deployment;
    const [arrived, leaving] = [
      target?.runningTaskCount ?? 0,
      sources.reduce((sum, { runningTaskCount = 0 }) => sum + runningTaskCount, 0),
    ];
    return arrived === 0 ? 0 : Math.round((100 * arrived) / (arrived + leaving));
  }

  #versionOf(summary: ServiceRevisionSummary | undefined): string {
    return versionInArn(this.#revisions.get(summary?.arn ?? '')?.taskDefinition);
  }

  #revisionOf(version: string): ServiceRevision | undefined {
    return [...this.#revisions.values()].find(({ taskDefinition }) => versionInArn(taskDefinition) === version);
  }

  /** Base64, as in `Artifact.digest`. */
  #digestOf(version: string): string {
    const [image] = this.#revisionOf(version)?.containerImages ?? [];
    const digest = image?.imageDigest ?? image?.image?.split('@')[1] ?? '';
    return Buffer.from(digest.replace(/^sha256:/, ''), 'hex').toString('base64');
  }
}

export const versionInArn = (taskDefinitionArn: string | undefined): string => (taskDefinitionArn ?? '').split('/').at(-1) as string;

/** Reads the newest deployment of a service. There is at least one, since the creation of a service makes one. */
export async function readState(ecs: ECSClient, at: { cluster: string; service: string }): Promise<ServiceState> {
  const newest = await newestDeployment(ecs, at);
  const asked = new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [newest] });
  const [deployment] = (await ecs.send(asked)).serviceDeployments ?? [];
  if (!deployment) throw new MissingFact(`the service deployment ${newest} is gone`);
  const summaries = [deployment.targetServiceRevision, ...(deployment.sourceServiceRevisions ?? [])];
  const serviceRevisionArns = [...new Set(summaries.flatMap((summary) => summary?.arn ?? []))];
  const { serviceRevisions = [] } = await ecs.send(new DescribeServiceRevisionsCommand({ serviceRevisionArns }));
  return new ServiceState(deployment, serviceRevisions);
}

/** ECS keeps deployments for 90 days and lists them in no fixed order. */
async function newestDeployment(ecs: ECSClient, at: { cluster: string; service: string }): Promise<string> {
  const briefs: ServiceDeploymentBrief[] = [];
  let nextToken: string | undefined;
  do {
    const page = await ecs.send(new ListServiceDeploymentsCommand({ ...at, maxResults: 100, nextToken }));
    briefs.push(...(page.serviceDeployments ?? []));
    nextToken = page.nextToken;
  } while (nextToken);
  if (briefs.length === 0) throw new MissingFact(`${at.cluster}/${at.service} has no service deployment of the last 90 days`);
  return briefs.reduce((newest, brief) => (Number(brief.createdAt) > Number(newest.createdAt) ? brief : newest))
    .serviceDeploymentArn as string;
}
