import { type CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import {
  type AliasConfiguration,
  GetAliasCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  type LambdaClient,
  PreconditionFailedException,
  PublishVersionCommand,
  ResourceConflictException,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import type { ProbeRequest } from '#domain/policy';
import type { Sample, Serving } from '#domain/release';
import type { Artifact, ProbeResponse, Target } from '#ports/target';
import { AliasMoved, TargetBusy } from '#support/errors';
import { probeEvent, probeResponse } from './http-event.ts';

const NAMESPACE = 'Sluice/Service';

export interface LambdaTargetSettings {
  readonly functionName: string;
  readonly alias: string;
  readonly bucket: string;
}

/** One function per environment behind an alias: published versions are instances, the alias's weights are the traffic. */
export class LambdaTarget implements Target {
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

  async shift(move: { baseline: string; candidate: string; weightPercent: number; revision: string }): Promise<Serving> {
    const { baseline, candidate, weightPercent } = move;
    const whole = weightPercent === 100;
    const routing = { FunctionVersion: whole ? candidate : baseline, weights: whole ? {} : { [candidate]: weightPercent / 100 } };
    try {
      return await this.#route(routing.FunctionVersion, routing.weights, move.revision);
    } catch (error) {
      if (!(error instanceof PreconditionFailedException)) throw error;
      return this.#ourOwnEarlierMove(move);
    }
  }

  async restore(version: string): Promise<Serving> {
    return this.#route(version, {}, undefined);
  }

  async probe(version: string, request: ProbeRequest): Promise<ProbeResponse> {
    const startedMs = performance.now();
    const answer = await this.#lambda.send(
      new InvokeCommand({
        FunctionName: this.#settings.functionName,
        Qualifier: version,
        Payload: Buffer.from(JSON.stringify(probeEvent(request))),
      }),
    );
    const payload = Buffer.from(answer.Payload ?? []).toString('utf8');
    return { ...probeResponse(payload, answer.FunctionError), durationMs: performance.now() - startedMs };
  }

  async sample(version: string, fromMs: number, toMs: number): Promise<Sample> {
    const answer = await this.#cloudwatch.send(
      new GetMetricDataCommand({
        StartTime: new Date(fromMs),
        EndTime: new Date(toMs),
        MetricDataQueries: metricQueries(this.#settings.functionName, version, windowSeconds(fromMs, toMs)),
      }),
    );
    const values = new Map((answer.MetricDataResults ?? []).map((result) => [result.Id as string, result.Values ?? []]));
    const sum = (id: string) => (values.get(id)?.length ? (values.get(id) as number[]).reduce((total, value) => total + value, 0) : null);
    const most = (id: string) => (values.get(id)?.length ? Math.max(...(values.get(id) as number[])) : null);
    return {
      fromMs,
      toMs,
      requests: sum('requests'),
      errors: sum('errors'),
      p95Ms: most('latency'),
      memoryPercent: most('memory'),
      exceptionsInLogs: sum('exceptions'),
      healthy: null,
    };
  }

  /** A conflict passes by itself, and ASL tries again what is busy: above all a rollback must not fail by it. */
  async #unlessBusy<Answer>(asked: Promise<Answer>): Promise<Answer> {
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

  async #route(version: string, weights: Record<string, number>, revision: string | undefined): Promise<Serving> {
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

  async #ourOwnEarlierMove(move: { baseline: string; candidate: string; weightPercent: number }): Promise<Serving> {
    const serving = await this.serving();
    const whole = move.weightPercent === 100 && serving.version === move.candidate && !serving.candidate;
    const part =
      serving.version === move.baseline &&
      serving.candidate?.version === move.candidate &&
      serving.candidate.weightPercent === move.weightPercent;
    if (whole || part) return serving;
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

/** Whole seconds, and a multiple of 60 above a minute, as CloudWatch wants its periods. */
function windowSeconds(fromMs: number, toMs: number): number {
  const seconds = (toMs - fromMs) / 1000;
  if (seconds <= 1) return 1;
  return [5, 10, 30].find((period) => seconds <= period) ?? Math.ceil(seconds / 60) * 60;
}

function metricQueries(functionName: string, version: string, periodSeconds: number): MetricDataQuery[] {
  const dimensions = [
    { Name: 'FunctionName', Value: functionName },
    { Name: 'ExecutedVersion', Value: version },
  ];
  const query = (id: string, metric: string, stat: string): MetricDataQuery => ({
    Id: id,
    MetricStat: { Metric: { Namespace: NAMESPACE, MetricName: metric, Dimensions: dimensions }, Period: periodSeconds, Stat: stat },
  });
  return [
    query('requests', 'Requests', 'Sum'),
    query('errors', 'Errors', 'Sum'),
    query('latency', 'Latency', 'p95'),
    query('memory', 'MemoryPercent', 'Maximum'),
    query('exceptions', 'Exceptions', 'Sum'),
  ];
}
