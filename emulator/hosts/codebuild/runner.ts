import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HostContext } from '../host.ts';
import type { Build, BuildStatus, PhaseRecord } from './build.ts';
import type { Builds } from './builds.ts';
import { PHASES, type PhaseName } from './buildspec.ts';
import { type RunningPhase, runPhase } from './phase.ts';
import type { Project } from './project.ts';
import { fetchSource } from './source.ts';

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));

/** Runs one build to its end in a scratch folder of its own. */
export class BuildRun {
  readonly #context: HostContext;
  readonly #project: Project;
  readonly #builds: Builds;
  readonly #scratch: string;
  #build: Build;
  #phase: RunningPhase | undefined;
  /** Why the build was ended from outside. */
  #ended: 'TIMED_OUT' | 'STOPPED' | undefined;
  #abandoned = false;

  constructor(context: HostContext, project: Project, builds: Builds, build: Build) {
    this.#context = context;
    this.#project = project;
    this.#builds = builds;
    this.#build = build;
    this.#scratch = join(context.dataDir, 'scratch', build.id.split(':').at(-1) ?? '');
  }

  async run(): Promise<Build> {
    // The commands live in real time while virtual time is held, so their timeout is real too.
    const timer = setTimeout(() => this.end('TIMED_OUT'), this.#build.timeoutMinutes * 60_000);
    mkdirSync(dirname(this.#build.logFile), { recursive: true });
    const logFile = openSync(this.#build.logFile, 'a', 0o600);
    try {
      const status = (await this.#download(logFile)) ? await this.#phases(logFile) : 'FAILED';
      return this.#finish(this.#ended ?? status);
    } finally {
      clearTimeout(timer);
      closeSync(logFile);
      rmSync(this.#scratch, { recursive: true, force: true });
    }
  }

  /** Ends the commands and records nothing, as a crash would: the next start finds the build unfinished. */
  abandon(): void {
    this.#abandoned = true;
    this.end('STOPPED');
  }

  end(status: 'TIMED_OUT' | 'STOPPED'): void {
    this.#ended ??= status;
    this.#phase?.kill();
  }

  get #folders() {
    const under = (name: string) => join(this.#scratch, name);
    return { source: under('src'), state: under('state'), home: under('home'), temporary: under('tmp') };
  }

  async #download(logFile: number): Promise<boolean> {
    rmSync(this.#scratch, { recursive: true, force: true });
    for (const folder of Object.values(this.#folders)) mkdirSync(folder, { recursive: true });
    this.#begin('DOWNLOAD_SOURCE');
    const failure = await fetchSource(this.#project, this.#folders.source, this.#context).then(
      () => undefined,
      (thrown: Error) => thrown.message,
    );
    if (failure) writeSync(logFile, `${failure}\n`);
    this.#end(failure ? 'FAILED' : 'SUCCEEDED', failure && { statusCode: 'CLIENT_ERROR', message: failure });
    return !failure;
  }

  /** post_build also follows a failed build phase. Any other failure ends the build unless the phase says CONTINUE. */
  async #phases(logFile: number): Promise<BuildStatus> {
    let environment = environmentOf(this.#build, this.#project, this.#folders, this.#context);
    let status: BuildStatus = 'SUCCEEDED';
    for (const name of PHASES) {
      environment = { ...environment, CODEBUILD_BUILD_SUCCEEDING: status === 'SUCCEEDED' ? '1' : '0' };
      const result = await this.#run(name, environment, logFile);
      environment = result.environment;
      if (this.#ended) return this.#ended;
      const onFailure = this.#project.buildspec.phases[name]?.['on-failure'];
      if (result.failed && onFailure !== 'CONTINUE') status = 'FAILED';
      if (result.failed && onFailure !== 'CONTINUE' && (name !== 'build' || onFailure === 'ABORT')) break;
    }
    const exported = this.#project.buildspec.env['exported-variables'].map((name) => [name, environment[name] ?? '']);
    this.#change({ exported: Object.fromEntries(exported) });
    return status;
  }

  async #run(name: PhaseName, environment: Record<string, string>, logFile: number) {
    this.#begin(name.toUpperCase());
    const spec = this.#project.buildspec.phases[name];
    if (this.#ended || !spec || spec.commands.length + spec.finally.length === 0) {
      this.#end(this.#ended ?? 'SUCCEEDED');
      return { failed: false, environment };
    }
    this.#phase = runPhase(spec, environment, { sourceFolder: this.#folders.source, stateFolder: this.#folders.state, logFile });
    const { exitCode, failedCommand, environment: left } = await this.#phase.ended;
    const message = `Error while executing command: ${failedCommand}. Reason: exit status ${exitCode}`;
    const context = exitCode === 0 || this.#ended ? undefined : { statusCode: 'COMMAND_EXECUTION_ERROR', message };
    this.#end(this.#ended ?? (exitCode === 0 ? 'SUCCEEDED' : 'FAILED'), context);
    return { failed: exitCode !== 0, environment: left };
  }

  #finish(status: BuildStatus): Build {
    for (const phase of ['UPLOAD_ARTIFACTS', 'FINALIZING']) {
      this.#begin(phase);
      this.#end('SUCCEEDED');
    }
    this.#begin('COMPLETED');
    this.#change({ status, endMs: this.#context.clock.nowMs() });
    return this.#build;
  }

  #begin(phaseType: string): void {
    const phase: PhaseRecord = { phaseType, startMs: this.#context.clock.nowMs() };
    this.#change({ currentPhase: phaseType, phases: [...this.#build.phases, phase] });
  }

  #end(phaseStatus: BuildStatus, context?: { statusCode: string; message: string } | ''): void {
    const phase = this.#build.phases.at(-1) as PhaseRecord;
    const contexts = [context || { statusCode: '', message: '' }];
    const ended = { ...phase, phaseStatus, endMs: this.#context.clock.nowMs(), contexts };
    this.#change({ phases: [...this.#build.phases.slice(0, -1), ended] });
  }

  #change(change: Partial<Build>): void {
    if (!this.#abandoned) this.#build = this.#builds.change(this.#build, change);
  }
}

/** Nothing of this process's own environment: the image is Node, the repository's tools and the system's. */
function environmentOf(
  build: Build,
  project: Project,
  folders: Record<'source' | 'home' | 'temporary', string>,
  context: HostContext,
): Record<string, string> {
  const { accessKeyId, secretAccessKey, sessionToken } = context.credentialsFor(project.roleArn);
  const path = [dirname(process.execPath), join(REPOSITORY, 'node_modules/.bin'), '/usr/local/bin', '/usr/bin', '/bin'];
  return {
    ...project.buildspec.env.variables,
    ...project.variables,
    ...build.variables,
    PATH: path.join(':'),
    HOME: folders.home,
    TMPDIR: folders.temporary,
    LANG: 'C.UTF-8',
    CI: 'true',
    AWS_REGION: context.region,
    AWS_DEFAULT_REGION: context.region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_ENDPOINT_URL: context.endpoint,
    CODEBUILD_BUILD_ID: build.id,
    CODEBUILD_BUILD_ARN: build.arn,
    CODEBUILD_BUILD_NUMBER: String(build.number),
    CODEBUILD_INITIATOR: build.initiator,
    CODEBUILD_SRC_DIR: folders.source,
    CODEBUILD_START_TIME: String(build.startMs),
    SLUICE_IMAGE_MODULES: join(REPOSITORY, 'node_modules'),
  };
}
