import { randomBytes } from 'node:crypto';
import type { HostContext } from '../host.ts';
import { countEmbedded } from '../lambda/emf.ts';
import type { Metrics } from '../lambda/types.ts';
import type { TargetGroup } from '../load-balancers/target-group.ts';
import type { Images } from './images.ts';
import { TaskProcess } from './task.ts';
import type { ServiceRevision, TaskDefinition } from './types.ts';

/** One copy of a service revision: a process that was asked to start, serves, or was asked to leave. */
export interface Task {
  readonly id: string;
  readonly revision: ServiceRevision;
  readonly definition: TaskDefinition;
  state: 'starting' | 'running' | 'stopping';
  wasHealthy: boolean;
  process?: TaskProcess;
}

export interface TasksOptions {
  readonly context: HostContext;
  readonly images: Images;
  readonly metrics: Metrics;
  readonly groupOf: (revision: ServiceRevision) => TargetGroup;
  readonly metadataUri: (taskId: string) => string;
  /** Something about a revision's tasks has changed. */
  readonly onChange: (revision: ServiceRevision) => void;
  /** A task ended, or became unhealthy, before it ever was healthy. */
  readonly onFailed: (revision: ServiceRevision, reason: string) => void;
}

/** How long a stopping process may keep virtual time from going on, in real milliseconds. */
const LONGEST_EXIT_MS = 1_000;

/** All tasks that run on this machine; none outlives it. */
export class Tasks {
  readonly #tasks = new Map<string, Task>();
  readonly #whenGone = new Map<string, () => void>();
  readonly #options: TasksOptions;
  #stopped = false;

  constructor(options: TasksOptions) {
    this.#options = options;
  }

  get(id: string): Task | undefined {
    return this.#tasks.get(id);
  }

  /** Lists a revision's tasks, those that are leaving included. */
  of(revisionArn: string): Task[] {
    return [...this.#tasks.values()].filter(({ revision }) => revision.arn === revisionArn);
  }

  staying = (revisionArn: string): Task[] => this.of(revisionArn).filter(({ state }) => state !== 'stopping');

  healthy = (revisionArn: string): Task[] => this.staying(revisionArn).filter((task) => this.#isHealthy(task));

  start(revision: ServiceRevision, definition: TaskDefinition): void {
    const task: Task = { id: randomBytes(16).toString('hex'), revision, definition, state: 'starting', wasHealthy: false };
    this.#tasks.set(task.id, task);
    const release = this.#options.context.clock.hold(`start of a task of ${definition.family}:${definition.revision}`);
    void this.#launch(task)
      .catch((error: Error) => this.#ended(task, error.message))
      .finally(release);
  }

  /** Takes a task out of the balancer, and ends it when its last request is answered. */
  stop(task: Task): void {
    if (task.state === 'stopping') return;
    task.state = 'stopping';
    this.#options.groupOf(task.revision).deregister(task.id, () => this.#terminate(task));
  }

  /** Ends every process at once, as when the machine goes down. */
  kill(): void {
    this.#stopped = true;
    for (const { process } of this.#tasks.values()) process?.kill();
    this.#tasks.clear();
  }

  #isHealthy({ id, revision }: Task): boolean {
    return this.#options.groupOf(revision).stateOf(id) === 'healthy';
  }

  async #launch(task: Task): Promise<void> {
    const folder = await this.#options.images.folderOf(task.definition);
    if (this.#stopped) return;
    const { container } = task.definition;
    const environment = this.#environmentOf(task);
    const onLine = (line: string) => countEmbedded(line, this.#options.context.clock.nowMs(), this.#options.metrics);
    task.process = await TaskProcess.start({ container, folder, environment, onLine, onExit: (reason) => this.#ended(task, reason) });
    if (this.#stopped) task.process.kill();
    else if (task.state === 'stopping') this.#terminate(task);
    else if (!task.process.exited) this.#serve(task, task.process);
  }

  #serve(task: Task, { port }: TaskProcess): void {
    task.state = 'running';
    this.#options.groupOf(task.revision).register(task.id, port, () => this.#healthChanged(task));
    this.#options.onChange(task.revision);
  }

  #healthChanged(task: Task): void {
    if (this.#isHealthy(task)) task.wasHealthy = true;
    else {
      if (!task.wasHealthy) this.#options.onFailed(task.revision, `task ${task.id} failed its load balancer health checks`);
      this.stop(task);
    }
    this.#options.onChange(task.revision);
  }

  #terminate(task: Task): void {
    const { clock } = this.#options.context;
    if (!task.process || task.process.exited) {
      this.#remove(task);
      return;
    }
    const release = clock.hold(`end of task ${task.id}`);
    const cap = setTimeout(release, LONGEST_EXIT_MS).unref();
    const cancel = clock.at(clock.nowMs() + task.definition.container.stopTimeout * 1000, () => task.process?.kill());
    this.#whenGone.set(task.id, () => {
      clearTimeout(cap);
      cancel();
      release();
    });
    task.process.terminate();
  }

  #ended(task: Task, reason: string): void {
    if (this.#stopped) return;
    const expected = task.state === 'stopping';
    if (!expected) this.#options.groupOf(task.revision).deregister(task.id, () => undefined);
    if (!expected && !task.wasHealthy) this.#options.onFailed(task.revision, reason);
    this.#remove(task);
  }

  #remove(task: Task): void {
    this.#tasks.delete(task.id);
    this.#options.onChange(task.revision);
    this.#whenGone.get(task.id)?.();
    this.#whenGone.delete(task.id);
  }

  /**
   * The environment that ECS gives a container: its variables, the task role's credentials and the address of its
   * metadata.
   */
  #environmentOf({ id, definition: { container, taskRoleArn } }: Task): Record<string, string> {
    const { context, metadataUri } = this.#options;
    const credentials = taskRoleArn && context.credentialsFor(taskRoleArn);
    return {
      PATH: process.env.PATH ?? '',
      AWS_REGION: context.region,
      AWS_ENDPOINT_URL: context.endpoint,
      ECS_CONTAINER_METADATA_URI_V4: metadataUri(id),
      ...(credentials && {
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        AWS_SESSION_TOKEN: credentials.sessionToken,
      }),
      ...Object.fromEntries(container.environment.map(({ name, value }) => [name, value])),
    };
  }
}
