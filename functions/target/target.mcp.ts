import type * as z from 'zod';
import type { CheckResult, Sample, Serving } from '#deployment/release';
import {
  AliasMoved,
  PlanNotSupported,
  RolledBackByTarget,
  TargetBusy,
  TargetRefused,
  TargetReplyMalformed,
  TargetUnreachable,
  undefinedIf,
} from '#platform/errors';
import type { McpTools } from '#platform/mcp/tools';
import type { CheckName, EnvironmentName, Limits, ProbeRequest, Strategy } from '#policy/policy';
import type { ProbeResponse } from '#policy/probe';
import { artifactOf, checkOf, saidHealthy, sampleOf, servingOf, unknownSample, versionNaming } from '#target/mcp/readings';
import { changeReply, type HealthReply, healthReply, validationReply } from '#target/mcp/replies';
import type { Artifact, Move, Shifted, Target } from './target.port.ts';

/**
 * Two replies in a row must fit into the 30 s of the calling functions.
 * If the server needs longer, it replies `in-progress`.
 */
const REPLY_WITHIN_MS = 10_000;

interface CallOptions {
  readonly meta?: Record<string, unknown>;
  /** How long the tool itself may take, in addition to the time for its reply. */
  readonly seconds?: number;
}

export interface McpTargetSettings {
  readonly environment: EnvironmentName;
  readonly bucket: string;
  readonly healthPath: string;
  readonly limits: Limits;
  readonly deployTimeoutSeconds: number;
  readonly validationTimeoutSeconds: number;
  /** The checks that the server runs. */
  readonly checks: readonly CheckName[];
  /** The longest watch in one call, for a server that watches ahead instead of looking back. */
  readonly longestLookSeconds: number;
  /** Arguments that the server's tools need besides those of R-TELL-5, for example `projectPath`. */
  readonly arguments: Readonly<Record<string, unknown>>;
}

/**
 * Delegates a release to an MCP server with four tools (R-TELL-5).
 * The server takes the steps; Sluice plans one step, watches it and undoes it.
 */
export class McpTarget implements Target {
  readonly supports = ['rolling', 'canary', 'blue-green', 'a-b'] as const;
  readonly delegatesSteps = true as const;
  readonly #tools: McpTools;
  readonly #settings: McpTargetSettings;
  readonly #now: () => Date;

  constructor(tools: McpTools, settings: McpTargetSettings, now: () => Date) {
    this.#tools = tools;
    this.#now = now;
    this.#settings = settings;
  }

  async serving(): Promise<Serving> {
    return servingOf(await this.#status());
  }

  /**
   * Asks the server for a dry run.
   * A server that does not return the version's name could not say later what serves.
   */
  async stage(artifact: Artifact): Promise<{ ready: false } | { ready: true; version: string }> {
    const version = versionNaming(artifact);
    const named = await this.#deploy(version, { dryRun: true, strategy: 'rolling' }, `check ${version}`);
    if (named !== version)
      throw new TargetReplyMalformed(`deploy_application does not name the version ${version} that _meta asked it to keep`);
    return { ready: true, version };
  }

  /**
   * Asks what serves before it acts, so a repeated delivery deploys once.
   * The server recognizes a repeat by the request id.
   */
  async shift({ candidate, revision, weights, strategy }: Move): Promise<Shifted> {
    if (weights.length > 1)
      throw new PlanNotSupported(`the server takes its own steps, so the plan must have one step, not ${weights.join(', ')}`);
    const status = await this.#status();
    if (status.status === 'in-progress') return { settled: false };
    if (status.version === candidate) return arrived(status);
    // The reply does not say which deployment failed. Without this error, each try would deploy again for ten minutes.
    if (status.status === 'failed') throw new TargetRefused(`deploy_application: ${reasonInReply(status)}`);
    const serving = servingOf(status);
    if (serving.revision !== revision)
      throw status.status === 'rolled-back'
        ? new RolledBackByTarget(reasonInReply(status))
        : new AliasMoved(`it serves ${serving.version}`);
    await this.#deploy(candidate, { dryRun: false, strategy }, `deploy ${candidate} after ${revision}`);
    return { settled: false };
  }

  async restore(version: string, revision: string): Promise<Shifted> {
    const status = await this.#status();
    const serving = servingOf(status);
    if (serving.version === version) return status.status === 'in-progress' ? { settled: false } : { settled: true, serving };
    if (serving.revision !== revision) throw new TargetBusy(`${this.#settings.environment}: ${serving.version} was just deployed`);
    if ((status.previousVersion ?? version) !== version)
      throw new AliasMoved(`rolling back ${serving.version} would lead to ${status.previousVersion}, not to ${version}`);
    const reason = `Sluice returns ${this.#settings.environment} to ${version}`;
    const asked = { environment: this.#settings.environment, reason, preserveData: true, force: false };
    await this.#change('rollback_deployment', asked, version, `return to ${version} from ${serving.revision}`);
    return { settled: false };
  }

  /**
   * Only the health path can be probed: by validate_deployment, or from the server's own watch.
   * If both are silent, the health is unknown, not bad: throws TargetReplyMalformed.
   */
  async probe(version: string, _request: ProbeRequest): Promise<ProbeResponse> {
    const startedMs = performance.now();
    const [health] = await this.validate(version, ['service-health']);
    const isKnown = health?.verdict === 'Successful' || health?.verdict === 'Failed';
    const isHealthy = isKnown ? health.verdict === 'Successful' : await this.#isSaidHealthy(version);
    if (isHealthy === undefined) throw new TargetReplyMalformed(`the server does not report the health of ${version}: ${health?.detail}`);
    return { status: isHealthy ? 200 : 503, body: health?.detail ?? '', durationMs: performance.now() - startedMs };
  }

  async #isSaidHealthy(version: string): Promise<boolean | undefined> {
    const status = await this.#status();
    return status.version === version ? saidHealthy(status) : undefined;
  }

  async validate(version: string, names: readonly CheckName[]): Promise<CheckResult[]> {
    const { environment, checks, validationTimeoutSeconds: timeout } = this.#settings;
    const serving = await this.#status();
    const asked = serving.version === version ? names.filter((name) => checks.includes(name)) : [];
    const why =
      serving.version === version ? 'the server runs no such check' : `the server checks only the serving version, ${serving.version}`;
    const validation =
      asked.length > 0 &&
      (await this.#call('validate_deployment', { environment, checks: asked, timeout }, validationReply, {
        seconds: asked.length > 1 ? timeout : 0,
      }));
    return names.map((name) =>
      validation && asked.includes(name) ? checkOf(name, validation) : { check: name, verdict: 'NotApplicable', detail: why },
    );
  }

  /**
   * The tools report only the last seconds.
   * A past window, a silent server and another version give unknown samples, which hold a release.
   */
  async sample(version: string, fromMs: number, toMs: number): Promise<Sample> {
    const past = toMs < this.#now().getTime() - (toMs - fromMs);
    if (past) return unknownSample({ fromMs, toMs });
    const seconds = Math.max(1, Math.min(Math.round((toMs - fromMs) / 1000), this.#settings.longestLookSeconds));
    const reply = await this.#look(seconds, true).catch(undefinedIf(TargetUnreachable, TargetReplyMalformed));
    return reply?.version === version ? sampleOf(reply, { fromMs, toMs }) : unknownSample({ fromMs, toMs });
  }

  async #status(): Promise<HealthReply> {
    const reply = accepted('monitor_deployment_health', await this.#look(1, false));
    if (reply.version === undefined) throw new TargetReplyMalformed('monitor_deployment_health does not say which version serves');
    return reply;
  }

  #look(seconds: number, notifyOnIssue: boolean): Promise<HealthReply> {
    const { environment, limits } = this.#settings;
    const alertThresholds = {
      errorRate: limits.errorRatePercent,
      responseTime: limits.responseTimeMs,
      cpuUsage: limits.cpuPercent,
      memoryUsage: limits.memoryPercent,
    };
    return this.#call(
      'monitor_deployment_health',
      { environment, duration: seconds, interval: seconds, alertThresholds, notifyOnIssue },
      healthReply,
      { seconds },
    );
  }

  #deploy(version: string, how: { dryRun: boolean; strategy: Strategy }, requestId: string): Promise<string | undefined> {
    const { environment, healthPath: healthCheckUrl, deployTimeoutSeconds: timeout } = this.#settings;
    const config = { healthCheckUrl, parallelism: 1, timeout };
    return this.#change('deploy_application', { environment, preChecks: true, ...how, config }, version, requestId);
  }

  /** Returns the version that the server names. */
  async #change(tool: string, asked: object, version: string, requestId: string): Promise<string | undefined> {
    const artifact = artifactOf(version);
    const meta = {
      'sluice/requestId': requestId,
      'sluice/version': version,
      ...(artifact && { 'sluice/artifact': { bucket: this.#settings.bucket, ...artifact } }),
    };
    return accepted(tool, await this.#call(tool, asked, changeReply, { meta })).version;
  }

  #call<Schema extends z.ZodType>(tool: string, asked: object, reply: Schema, how: CallOptions = {}): Promise<z.infer<Schema>> {
    const { meta, seconds = 0 } = how;
    const timeoutMs = REPLY_WITHIN_MS + seconds * 1000;
    return this.#tools.call({ tool, arguments: { ...this.#settings.arguments, ...asked }, meta, reply, timeoutMs });
  }
}

const reasonInReply = ({ error, message, deploymentId, status }: HealthReply) =>
  error ?? message ?? `its deployment ${deploymentId} is ${status}`;

function arrived(status: HealthReply): Shifted {
  if (status.status === 'failed') throw new TargetRefused(`deploy_application: ${reasonInReply(status)}`);
  return { settled: true, serving: servingOf(status) };
}

/** A server may refuse in a normal reply, without an MCP error. */
function accepted<Reply extends { success: boolean; error?: string; message?: string }>(tool: string, reply: Reply): Reply {
  if (!reply.success) throw new TargetRefused(`${tool}: ${reply.error ?? reply.message ?? 'it did not succeed'}`);
  return reply;
}
