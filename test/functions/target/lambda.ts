import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { type Runtime, VirtualClock } from '@sluice/emulator';
import { startTemplate } from '@sluice/emulator/testing';
import { strToU8, zipSync } from 'fflate';
import { LambdaTarget } from '#target/target.lambda-alias';
import type { Artifact } from '#target/target.port';
import { digestOf } from './ecs-stack.ts';
import type { ContractStage } from './releases.ts';

const BUCKET = 'artifacts';
const FUNCTION = 'shop';

/** A service that replies with the name of its release. It counts each request per version, but no probes. */
const service = `
const metric = (Name) => ({ Name, StorageResolution: 1 });
const Metrics = ['Requests', 'Errors', 'Latency', 'Exceptions'].map(metric);
const embedded = [{ Namespace: 'Sluice/Service', Dimensions: [['FunctionName', 'ExecutedVersion']], Metrics }];
exports.handler = async (event, { functionName, functionVersion }) => {
  const counted = { FunctionName: functionName, ExecutedVersion: functionVersion, Requests: 1, Errors: 0, Latency: 5, Exceptions: 0 };
  const isProbe = (event.headers?.['user-agent'] ?? '').startsWith('sluice-probe');
  if (!isProbe) console.log(JSON.stringify({ _aws: { Timestamp: Date.now(), CloudWatchMetrics: embedded }, ...counted }));
  return { statusCode: 200, body: 'RELEASE' };
};
`;

const template = {
  Resources: {
    Artifacts: { Type: 'AWS::S3::Bucket', Properties: { BucketName: BUCKET, VersioningConfiguration: { Status: 'Enabled' } } },
    Shop: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: FUNCTION,
        Runtime: 'nodejs24.x',
        Role: 'arn:aws:iam::000000000000:role/Shop',
        Handler: 'index.handler',
        Timeout: 20,
        Code: { ZipFile: service.replace('RELEASE', 'first') },
      },
    },
    First: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Shop' } } },
    Live: {
      Type: 'AWS::Lambda::Alias',
      Properties: { FunctionName: { Ref: 'Shop' }, FunctionVersion: { 'Fn::GetAtt': ['First', 'Version'] }, Name: 'live' },
    },
  },
};

/** One function behind an alias on the embedded Lambda, in virtual time. */
export class LambdaStage implements ContractStage {
  readonly target: LambdaTarget;
  readonly #runtime: Runtime;
  readonly #clock: VirtualClock;
  readonly #lambda: LambdaClient;

  private constructor(runtime: Runtime, clock: VirtualClock) {
    this.#runtime = runtime;
    this.#clock = clock;
    this.#lambda = new LambdaClient(runtime.clientConfig());
    const settings = { functionName: FUNCTION, alias: 'live', bucket: BUCKET, intervalSeconds: 1 };
    this.target = new LambdaTarget(this.#lambda, new CloudWatchClient(runtime.clientConfig()), settings);
  }

  static async start(): Promise<LambdaStage> {
    const clock = new VirtualClock(Date.parse('2026-03-02T09:00:00Z'));
    return new LambdaStage(await startTemplate(template, clock), clock);
  }

  artifact(name: string): Artifact {
    const zip = Buffer.from(zipSync({ 'index.js': strToU8(service.replace('RELEASE', name)) }, { mtime: '2026-01-01T00:00:00Z' }));
    const key = `deployments/${name}/artifact.zip`;
    this.#runtime.hosts.s3.putAsset(BUCKET, key, zip);
    return { key, digest: digestOf(zip) };
  }

  run = <Reply>(asked: Promise<Reply>): Promise<Reply> => this.#clock.runUntil(asked);

  later = (seconds: number): Promise<void> =>
    this.run(new Promise<void>((resolve) => this.#clock.at(this.#clock.nowMs() + seconds * 1000, resolve)));

  nowMs = (): number => this.#clock.nowMs();

  async users(requests: number): Promise<number> {
    const Payload = JSON.stringify({ headers: { 'user-agent': 'shopper' } });
    const invoked = Array.from({ length: requests }, () =>
      this.#lambda.send(new InvokeCommand({ FunctionName: FUNCTION, Qualifier: 'live', Payload })),
    );
    return (await this.run(Promise.all(invoked))).filter(({ FunctionError }) => FunctionError !== undefined).length;
  }

  stop = (): Promise<void> => this.#runtime.stop();
}
