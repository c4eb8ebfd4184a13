import { randomBytes } from 'node:crypto';
import type { HostContext } from '../host.ts';
import type { TargetGroup } from '../load-balancers/target-group.ts';
import type { Configuration } from './properties.ts';
import { rollForward, rollingCounts } from './rolling.ts';
import { type Counts, hasEnded, isRollback, isRolling, isUnderWay, type Scene } from './scene.ts';
import { sideBySide, sideBySideCounts } from './side-by-side.ts';
import type { EcsStore } from './store.ts';
import type { Tasks } from './tasks.ts';
import type { Service, ServiceDeployment, ServiceRevision } from './types.ts';

export interface Routing {
  targetGroup(arn: string): TargetGroup;
  route(ruleArn: string, weights: ReadonlyMap<TargetGroup, number>): void;
}

const BREAKER = { least: 3, most: 200 };

/**
 * Moves every service towards its wanted state after each change. All its facts are on disk, so a killed run resumes.
 */
export class Controller {
  readonly #store: EcsStore;
  readonly #context: HostContext;
  readonly #routing: Routing;
  readonly #tasks: Tasks;
  readonly #wakes = new Map<string, () => void>();
  readonly #routed = new Map<string, string>();
  readonly #failures = new Map<string, { count: number; notBeforeMs: number }>();
  readonly #busy = new Set<string>();
  readonly #again = new Set<string>();
  #stopped = true;

  constructor(store: EcsStore, context: HostContext, routing: Routing, tasks: Tasks) {
    this.#store = store;
    this.#context = context;
    this.#routing = routing;
    this.#tasks = tasks;
  }

  start(): void {
    this.#stopped = false;
    for (const { arn } of this.#store.services()) this.reconcile(arn);
  }

  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#wakes.values()) cancel();
  }

  /** Starts a deployment of a task definition; one that is under way gives way to it. */
  deploy(service: Service, taskDefinitionArn: string, configuration: Configuration): Service {
    const current = this.#settle(service);
    const source = this.#store.revision(current.current ?? '');
    const target = this.#newRevision(current, taskDefinitionArn, targetGroupFor(current, source, configuration));
    const nowMs = this.#context.clock.nowMs();
    const number = (this.#store.deploymentsOf(service.arn)[0]?.number ?? 0) + 1;
    const deployment = this.#store.putDeployment({
      arn: `${service.arn.replace(':service/', ':service-deployment/')}/${randomBytes(16).toString('base64url')}`,
      serviceArn: service.arn,
      number,
      source: source?.arn,
      target: target.arn,
      configuration,
      status: 'IN_PROGRESS',
      phase: 0,
      sinceMs: nowMs,
      weight: 0,
      failedTasks: 0,
      createdMs: nowMs,
    });
    const deployed = this.#store.putService({ ...current, configuration, deployment: deployment.arn });
    this.reconcile(service.arn);
    return deployed;
  }

  rollBack(deployment: ServiceDeployment, reason: string): void {
    if (isRollback(deployment)) return;
    const nowMs = this.#context.clock.nowMs();
    const rollback = { reason, startedMs: nowMs };
    this.#store.putDeployment({ ...deployment, status: 'ROLLBACK_REQUESTED', reason, hook: undefined, rollback });
    this.reconcile(deployment.serviceArn);
  }

  /** A failed start counts for the circuit breaker, and the next one waits a little longer. */
  taskFailed(revision: ServiceRevision, reason: string): void {
    const count = (this.#failures.get(revision.arn)?.count ?? 0) + 1;
    this.#failures.set(revision.arn, { count, notBeforeMs: this.#context.clock.nowMs() + Math.min(60, 2 ** count) * 1000 });
    this.#context.log(`ecs ${revision.taskDefinitionArn.split('/').at(-1)}: ${reason}`);
    const service = this.#store.service(revision.serviceArn);
    const deployment = this.#store.deployment(service?.deployment);
    if (!service || deployment?.target !== revision.arn || deployment.status !== 'IN_PROGRESS') return;
    this.#trip(service, this.#store.putDeployment({ ...deployment, failedTasks: deployment.failedTasks + 1 }));
  }

  /** Repeats until a pass changes nothing. A change during a pass starts one more. */
  reconcile(serviceArn: string): void {
    this.#again.add(serviceArn);
    if (this.#stopped || this.#busy.has(serviceArn)) return;
    this.#busy.add(serviceArn);
    while (this.#again.delete(serviceArn)) this.#look(serviceArn);
    this.#busy.delete(serviceArn);
  }

  #look(serviceArn: string): void {
    const service = this.#store.service(serviceArn) as Service;
    const deployment = this.#store.deployment(service.deployment);
    if (isUnderWay(deployment)) this.#advance(service, deployment);
    const after = this.#store.service(serviceArn) as Service;
    this.#apply(after, this.#store.deployment(after.deployment));
  }

  #advance(service: Service, deployment: ServiceDeployment): void {
    const move = isRolling(deployment) ? rollForward : sideBySide;
    const next = move(deployment, this.#scene(service));
    if (next !== deployment) this.#store.putDeployment(next);
    if (!hasEnded(next)) return;
    this.#store.putDeployment({ ...next, finishedMs: this.#context.clock.nowMs() });
    this.#store.putService({ ...service, current: next.status === 'SUCCESSFUL' ? next.target : next.source });
  }

  #apply(service: Service, deployment: ServiceDeployment | undefined): void {
    const under = isUnderWay(deployment) ? deployment : undefined;
    this.#route(service, under);
    const counts = this.#counts(service, under);
    for (const revision of this.#store.revisionsOf(service.arn)) this.#scale(revision, counts.get(revision.arn) ?? 0);
    this.#wakeLater(service, under);
  }

  #counts(service: Service, deployment: ServiceDeployment | undefined): Counts {
    if (!deployment) return new Map(service.current ? [[service.current, service.desiredCount]] : []);
    const counts = isRolling(deployment) ? rollingCounts : sideBySideCounts;
    return counts(deployment, this.#scene(service));
  }

  #scale(revision: ServiceRevision, wanted: number): void {
    const staying = this.#tasks.staying(revision.arn);
    const definition = this.#store.taskDefinition(revision.taskDefinitionArn);
    const waits = (this.#failures.get(revision.arn)?.notBeforeMs ?? 0) > this.#context.clock.nowMs();
    if (definition && !waits) for (let missing = wanted - staying.length; missing > 0; missing--) this.#tasks.start(revision, definition);
    for (const task of staying.slice(0, Math.max(0, staying.length - wanted))) this.#tasks.stop(task);
  }

  #route({ arn, balancer, current }: Service, deployment: ServiceDeployment | undefined): void {
    const { productionListenerRule: rule } = balancer;
    const weight = deployment && !isRolling(deployment) ? deployment.weight : 0;
    const base = this.#store.revision(deployment?.source ?? deployment?.target ?? current ?? '');
    const target = this.#store.revision(deployment?.target ?? '');
    if (!rule || !base) return;
    const shares =
      weight > 0 && target
        ? ([
            [base.targetGroupArn, 100 - weight],
            [target.targetGroupArn, weight],
          ] as const)
        : ([[base.targetGroupArn, 100]] as const);
    if (this.#routed.get(arn) === JSON.stringify(shares)) return;
    this.#routed.set(arn, JSON.stringify(shares));
    this.#routing.route(rule, new Map(shares.map(([group, share]) => [this.#routing.targetGroup(group), share])));
  }

  #wakeLater({ arn }: Service, deployment: ServiceDeployment | undefined): void {
    this.#wakes.get(arn)?.();
    const phase = deployment && !isRolling(deployment) ? sideBySide.deadlineMs(deployment) : undefined;
    const retries = this.#store.revisionsOf(arn).map((revision) => this.#failures.get(revision.arn)?.notBeforeMs ?? 0);
    const nowMs = this.#context.clock.nowMs();
    const due = [phase ?? 0, ...retries].filter((atMs) => atMs > nowMs);
    if (due.length > 0)
      this.#wakes.set(
        arn,
        this.#context.clock.at(Math.min(...due), () => this.reconcile(arn)),
      );
  }

  #trip(service: Service, deployment: ServiceDeployment): void {
    const { enable = false, rollback = false } = deployment.configuration.deploymentCircuitBreaker ?? {};
    const threshold = Math.min(BREAKER.most, Math.max(BREAKER.least, Math.ceil(service.desiredCount / 2)));
    if (!enable || deployment.failedTasks < threshold) return;
    const reason = 'Service deployment rolled back because the circuit breaker threshold was exceeded.';
    if (rollback && deployment.source) this.rollBack(deployment, reason);
    else this.#finish(service, deployment, 'STOPPED', 'Service deployment stopped because the circuit breaker threshold was exceeded.');
  }

  #finish(service: Service, deployment: ServiceDeployment, status: 'STOPPED' | 'SUCCESSFUL', reason?: string): Service {
    const finishedMs = this.#context.clock.nowMs();
    this.#store.putDeployment({ ...deployment, status, reason, hook: undefined, finishedMs });
    const current = status === 'SUCCESSFUL' ? deployment.target : deployment.source;
    return this.#store.putService({ ...service, current });
  }

  /** Ends a deployment before a newer one starts. A revision with all traffic stays; any other is given up. */
  #settle(service: Service): Service {
    const deployment = this.#store.deployment(service.deployment);
    if (!isUnderWay(deployment)) return service;
    const arrived = deployment.weight === 100 && !isRollback(deployment);
    return this.#finish(service, deployment, arrived ? 'SUCCESSFUL' : 'STOPPED', 'A newer service deployment was started.');
  }

  #newRevision(service: Service, taskDefinitionArn: string, targetGroupArn: string): ServiceRevision {
    const createdMs = this.#context.clock.nowMs();
    const arn = `${service.arn.replace(':service/', ':service-revision/')}/${createdMs}${randomBytes(3).readUIntBE(0, 3)}`;
    return this.#store.putRevision({ arn, serviceArn: service.arn, taskDefinitionArn, targetGroupArn, createdMs });
  }

  #scene({ desiredCount }: Service): Scene {
    const count = (list: (arn: string) => unknown[]) => (revision: string | undefined) => (revision ? list(revision).length : 0);
    return {
      nowMs: this.#context.clock.nowMs(),
      desired: desiredCount,
      staying: count((arn) => this.#tasks.staying(arn)),
      healthy: count((arn) => this.#tasks.healthy(arn)),
      existing: count((arn) => this.#tasks.of(arn)),
    };
  }
}

/** Side by side, the new revision takes the target group that the old one does not use. */
function targetGroupFor({ balancer }: Service, source: ServiceRevision | undefined, { strategy }: Configuration): string {
  const { targetGroupArn, alternateTargetGroupArn } = balancer;
  if (!source || strategy === 'ROLLING') return source?.targetGroupArn ?? targetGroupArn;
  return source.targetGroupArn === targetGroupArn ? (alternateTargetGroupArn as string) : targetGroupArn;
}
