import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import {
  type AliasConfiguration,
  GetAliasCommand,
  GetFunctionConfigurationCommand,
  GetProvisionedConcurrencyConfigCommand,
  InvokeCommand,
  type LambdaClient,
  PreconditionFailedException,
  ProvisionedConcurrencyConfigNotFoundException,
  PublishVersionCommand,
  ResourceConflictException,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import type { Sample, Serving } from '#deployment/release';
import { sampleService } from '#metrics/service-metrics.cloudwatch';
import { AliasMoved, TargetBusy, TargetRefused } from '#platform/errors';
import { type ProbeRequest, strategies } from '#policy/policy';
import type { ProbeResponse } from '#policy/probe';
import { probeEvent, probeResponse } from './http-event.ts';
import type { Artifact, Move, Shifted, Target } from './target.port.ts';

export interface LambdaTargetSettings {
  readonly functionName: string;
  readonly alias: string;
  readonly bucket: string;
  /** Seconds between two polls. Metrics are read in periods of at most this length. */
  readonly intervalSeconds: number;
}

/**
 * One function per environment behind an alias.
 * Its versions are published versions; the alias's weights split the traffic.
 */
export class LambdaTarget implements Target {
  readonly supports = strategies;
  readonly #lambda: LambdaClient;
  readonly #cloudwatch: CloudWatchClient;
  readonly #settings: LambdaTargetSettings;

  constructor(lambda: LambdaClient, cloudwatch: CloudWatchClient, settings: LambdaTargetSettings) {
    this.#lambda = lambda;
    this.#cloudwatch = cloudwatch;
    this.#settings = settings;
  }

  async serving(): Promise<Serving> {
    const { functionName, alias } = this.#settings;
    return this.#servingOf(await this.#lambda.send(new GetAliasCommand({ FunctionName: functionName, Name: alias })));
  }

  async stage(artifact: Artifact): Promise<{ ready: false } | { ready: true; version: string }> {
    const { functionName, bucket } = this.#settings;
    const latest = await this.#lambda.send(new GetFunctionConfigurationCommand({ FunctionName: functionName }));
    if (latest.LastUpdateStatus === 'InProgress') return { ready: false };
    if (latest.LastUpdateStatus === 'Failed' && latest.CodeSha256 === artifact.digest)
      throw new TargetRefused(`${functionName}: its update failed: ${latest.LastUpdateStatusReason}`);
    if (latest.CodeSha256 !== artifact.digest) {
      await this.#update({
        FunctionName: functionName,
        S3Bucket: bucket,
        S3Key: artifact.key,
        S3ObjectVersion: artifact.versionId,
        RevisionId: latest.RevisionId,
      });
      return { ready: false };
    }
    const publish = new PublishVersionCommand({ FunctionName: functionName, CodeSha256: artifact.digest });
    const published = await this.#unlessBusy(this.#lambda.send(publish));
    return { ready: true, version: published.Version as string };
  }

  /**
   * Lambda moves an alias at once and allocates its provisioned concurrency afterwards.
   * The next step waits for that; this step is watched at once, since users already reach it.
   */
  async shift(move: Move): Promise<Shifted> {
    if (!(await this.#isAllocating())) return { settled: true, serving: await this.#moved(move) };
    const serving = await this.serving();
    return isWhere(serving, move) ? { settled: true, serving } : { settled: false };
  }

  /** At 0 % the candidate is published, but the alias does not route to it. */
  async #moved(move: Move): Promise<Serving> {
    const { baseline, candidate, weightPercent } = move;
    const split = weightPercent > 0 && weightPercent < 100 ? { [candidate]: weightPercent / 100 } : {};
    try {
      return await this.#route(weightPercent === 100 ? candidate : baseline, split, move.revision);
    } catch (error) {
      if (!(error instanceof PreconditionFailedException)) throw error;
      return this.#ourOwnEarlierMove(move);
    }
  }

  async restore(version: string, revision: string): Promise<Shifted> {
    try {
      return { settled: true, serving: await this.#route(version, {}, revision) };
    } catch (error) {
      if (error instanceof PreconditionFailedException) throw new TargetBusy(`${this.#settings.functionName}: its alias was just moved`);
      throw error;
    }
  }

  async probe(version: string, request: ProbeRequest): Promise<ProbeResponse> {
    const startedMs = performance.now();
    const response = await this.#lambda.send(
      new InvokeCommand({
        FunctionName: this.#settings.functionName,
        Qualifier: version,
        Payload: Buffer.from(JSON.stringify(probeEvent(request))),
      }),
    );
    const payload = Buffer.from(response.Payload ?? []).toString('utf8');
    return { ...probeResponse(payload, response.FunctionError), durationMs: performance.now() - startedMs };
  }

  sample(version: string, fromMs: number, toMs: number, slowerThanMs?: number): Promise<Sample> {
    const dimensions = { FunctionName: this.#settings.functionName, ExecutedVersion: version };
    return sampleService(this.#cloudwatch, dimensions, { fromMs, toMs, slowerThanMs, intervalSeconds: this.#settings.intervalSeconds });
  }

  /**
   * If the alias moves, Lambda allocates its provisioned instances again.
   * If that fails, on-demand instances serve, and Sluice judges those.
   */
  async #isAllocating(): Promise<boolean> {
    const { functionName: FunctionName, alias: Qualifier } = this.#settings;
    try {
      const { Status } = await this.#lambda.send(new GetProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier }));
      return Status === 'IN_PROGRESS';
    } catch (error) {
      if (error instanceof ProvisionedConcurrencyConfigNotFoundException) return false;
      throw error;
    }
  }

  /** A conflict ends after a moment, so TargetBusy lets ASL retry. A rollback must not fail because of one. */
  async #unlessBusy<Reply>(asked: Promise<Reply>): Promise<Reply> {
    try {
      return await asked;
    } catch (error) {
      if (error instanceof ResourceConflictException) {
        throw new TargetBusy(`${this.#settings.functionName}: another update is under way`);
      }
      throw error;
    }
  }

  async #update(update: ConstructorParameters<typeof UpdateFunctionCodeCommand>[0]): Promise<void> {
    try {
      await this.#unlessBusy(this.#lambda.send(new UpdateFunctionCodeCommand(update)));
    } catch (error) {
      if (error instanceof PreconditionFailedException) throw new TargetBusy(`${update.FunctionName}: its configuration was just changed`);
      throw error;
    }
  }

  async #route(version: string, weights: Record<string, number>, revision: string): Promise<Serving> {
    const { functionName, alias } = this.#settings;
    const command = new UpdateAliasCommand({
      FunctionName: functionName,
      Name: alias,
      FunctionVersion: version,
      RoutingConfig: { AdditionalVersionWeights: weights },
      RevisionId: revision,
    });
    return this.#servingOf(await this.#unlessBusy(this.#lambda.send(command)));
  }

  async #ourOwnEarlierMove(move: Move): Promise<Serving> {
    const serving = await this.serving();
    if (isWhere(serving, move)) return serving;
    throw new AliasMoved(`it points to version ${serving.version}${serving.candidate ? ` and ${serving.candidate.version}` : ''}`);
  }

  async #servingOf(alias: AliasConfiguration): Promise<Serving> {
    const version = alias.FunctionVersion as string;
    const configuration = await this.#lambda.send(
      new GetFunctionConfigurationCommand({ FunctionName: this.#settings.functionName, Qualifier: version }),
    );
    const [second] = Object.entries(alias.RoutingConfig?.AdditionalVersionWeights ?? {});
    return {
      version,
      codeSha256: configuration.CodeSha256 as string,
      candidate: second && { version: second[0], weightPercent: Math.round(second[1] * 100) },
      revision: alias.RevisionId as string,
    };
  }
}

/** True if an earlier delivery has already made this move. */
function isWhere({ version, candidate: second }: Serving, { baseline, candidate, weightPercent }: Move): boolean {
  if (weightPercent === 0 || weightPercent === 100) return version === (weightPercent === 100 ? candidate : baseline) && !second;
  return version === baseline && second?.version === candidate && second.weightPercent === weightPercent;
}
