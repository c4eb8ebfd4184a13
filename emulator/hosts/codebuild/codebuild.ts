import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import * as z from 'zod';
import { jsonBody, jsonReply } from '../../endpoint/json-protocol.ts';
import { type ApiCall, ApiError, type Host, type HostContext } from '../host.ts';
import { type Build, buildView, stateChange } from './build.ts';
import { Builds } from './builds.ts';
import { type Project, projectOf } from './project.ts';
import { BuildRun } from './runner.ts';

export interface CodeBuildOptions {
  /** Receives every change of a build's state, as EventBridge does. */
  publish(occurrence: ReturnType<typeof stateChange>): void;
}

/** Hosts `AWS::CodeBuild::Project` and the CodeBuild API: each build is a child process with the project's role. */
export function hostCodeBuild(context: HostContext, options: CodeBuildOptions): Host {
  const service = new CodeBuild(context, options);
  const operations: Record<string, (call: ApiCall) => object> = {
    StartBuild: (call) => ({ build: buildView(service.start(call)) }),
    StopBuild: (call) => ({ build: buildView(service.stop(idsIn(call, 'id')[0] ?? '')) }),
    BatchGetBuilds: (call) => service.get(idsIn(call, 'ids')),
    ListBuildsForProject: (call) => ({ ids: service.idsOf(String(jsonBody(call).projectName)) }),
  };
  return {
    signingNames: ['codebuild'],
    resources: { 'AWS::CodeBuild::Project': async (resource) => service.createProject(projectOf(resource)) },
    async handle(call) {
      const operation = operations[call.operation];
      if (!operation) throw new ApiError('InvalidInputException', `CodeBuild ${call.operation} is not supported locally`);
      return jsonReply(operation(call));
    },
    start: async () => service.resume(),
    stop: () => service.close(),
  };
}

const idsIn = (call: ApiCall, field: string): string[] => [jsonBody(call)[field] ?? []].flat();

const StartBuild = z.object({
  projectName: z.string(),
  environmentVariablesOverride: z
    .array(z.object({ name: z.string(), value: z.string(), type: z.literal('PLAINTEXT').default('PLAINTEXT') }))
    .default([]),
  timeoutInMinutesOverride: z.int().min(5).max(2160).optional(),
  idempotencyToken: z.string().optional(),
});
const UNSUPPORTED = /Override$/;

class CodeBuild {
  readonly #context: HostContext;
  readonly #options: CodeBuildOptions;
  readonly #builds: Builds;
  readonly #projects = new Map<string, Project>();
  readonly #running = new Map<string, { run: BuildRun; ended: Promise<void> }>();
  #closed = false;

  constructor(context: HostContext, options: CodeBuildOptions) {
    this.#context = context;
    this.#options = options;
    this.#builds = new Builds(context.dataDir);
  }

  createProject(project: Project) {
    this.#projects.set(project.name, project);
    const { region, account } = this.#context;
    return { ref: project.name, attributes: { Arn: `arn:aws:codebuild:${region}:${account}:project/${project.name}`, Id: project.name } };
  }

  start(call: ApiCall): Build {
    const { projectName, idempotencyToken, environmentVariablesOverride, timeoutInMinutesOverride } = startRequest(call);
    const project = this.#projects.get(projectName.split(':project/').at(-1) ?? '');
    if (!project) throw new ApiError('ResourceNotFoundException', `Project cannot be found: ${projectName}`);
    const earlier = idempotencyToken && this.#builds.byToken(project.name, idempotencyToken);
    if (earlier) return earlier;
    const overrides = Object.fromEntries(environmentVariablesOverride.map(({ name, value }) => [name, value]));
    const build = this.#newBuild(project, call.caller.arn, overrides, timeoutInMinutesOverride ?? project.timeoutMinutes);
    this.#builds.insert(build, idempotencyToken ?? null);
    this.#options.publish(stateChange(build));
    this.#run(project, build);
    return build;
  }

  stop(id: string): Build {
    const build = this.#builds.find(id);
    if (!build) throw new ApiError('ResourceNotFoundException', `Build not found: ${id}`);
    this.#running.get(build.id)?.run.end('STOPPED');
    return build;
  }

  get(ids: string[]): object {
    const found = ids.map((id) => [id, this.#builds.find(id)] as const);
    return {
      builds: found.flatMap(([, build]) => (build ? [buildView(build)] : [])),
      buildsNotFound: found.flatMap(([id, build]) => (build ? [] : [id])),
    };
  }

  idsOf(project: string): string[] {
    return this.#builds.ofProject(project).map(({ id }) => id);
  }

  /**
   * If this process was killed, its running build starts again from its source. Without its project, the build has a
   * fault.
   */
  resume(): void {
    for (const build of this.#builds.unfinished()) {
      const project = this.#projects.get(build.project);
      if (project) this.#run(project, this.#builds.change(build, { currentPhase: 'PROVISIONING', phases: provisioned(build.startMs) }));
      else this.#lose(build);
    }
  }

  #lose(build: Build): void {
    const context = { statusCode: 'INTERNAL_ERROR', message: 'The machine that ran this build was stopped' };
    const phases = build.phases.map((phase) =>
      phase.phaseStatus ? phase : { ...phase, phaseStatus: 'FAULT' as const, contexts: [context] },
    );
    const lost = this.#builds.change(build, { status: 'FAULT', currentPhase: 'COMPLETED', endMs: this.#context.clock.nowMs(), phases });
    this.#options.publish(stateChange(lost));
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { run } of this.#running.values()) run.abandon();
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
    this.#builds.close();
  }

  #newBuild(project: Project, initiator: string, overrides: Record<string, string>, timeoutMinutes: number): Build {
    const { region, account, clock, dataDir } = this.#context;
    const uuid = randomUUID();
    const id = `${project.name}:${uuid}`;
    const startMs = clock.nowMs();
    return {
      id,
      arn: `arn:aws:codebuild:${region}:${account}:build/${id}`,
      number: this.#builds.nextNumber(project.name),
      project: project.name,
      initiator,
      variables: { ...project.variables, ...overrides },
      status: 'IN_PROGRESS',
      startMs,
      currentPhase: 'PROVISIONING',
      phases: provisioned(startMs),
      exported: {},
      timeoutMinutes,
      logFile: join(dataDir, 'logs', `${uuid}.log`),
    };
  }

  #run(project: Project, build: Build): void {
    const release = this.#context.clock.hold(`build ${build.id}`);
    const run = new BuildRun(this.#context, project, this.#builds, build);
    const ended = run
      .run()
      .then((done) => {
        if (!this.#closed) this.#options.publish(stateChange(done));
      })
      .finally(() => {
        this.#running.delete(build.id);
        release();
      });
    this.#running.set(build.id, { run, ended });
  }
}

const provisioned = (startMs: number) =>
  ['SUBMITTED', 'QUEUED', 'PROVISIONING'].map((phaseType) => ({
    phaseType,
    phaseStatus: 'SUCCEEDED' as const,
    startMs,
    endMs: startMs,
  }));

function startRequest(call: ApiCall): z.infer<typeof StartBuild> {
  const body = jsonBody(call);
  const unknown = Object.keys(body).find((name) => UNSUPPORTED.test(name) && !(name in StartBuild.shape));
  if (unknown) throw new ApiError('InvalidInputException', `StartBuild: ${unknown} is not supported locally`);
  const parsed = StartBuild.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new ApiError('InvalidInputException', z.prettifyError(parsed.error));
}
