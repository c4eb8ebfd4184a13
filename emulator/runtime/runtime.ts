import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Authorization, type Exercise } from '../authorization/authorization.ts';
import type { Denial } from '../authorization/denial.ts';
import type { Clock } from '../clock/clock.ts';
import { Callers } from '../endpoint/callers.ts';
import { Endpoint, type RecordedCall } from '../endpoint/endpoint.ts';
import type { Credentials, HostContext, HostedResource } from '../hosts/host.ts';
import { createHosts, type Hosts } from '../hosts/hosts.ts';
import type { Policies } from '../hosts/iam/statements.ts';
import type { Mail } from '../hosts/ses/ses.ts';
import { type Asset, readAssembly } from '../stack/assembly.ts';
import { createStack, type Stack } from '../stack/stack.ts';

export interface RuntimeOptions {
  /** The folder that CDK synthesized into, usually `cdk.out`. */
  readonly cloudAssembly: string;
  readonly stackName: string;
  /** Stacks of the same assembly that are created first, such as those with the targets of releases. */
  readonly alongside?: readonly string[];
  /** The folder of everything durable. A new start with the same folder resumes the last run, even a killed one. */
  readonly dataDir: string;
  readonly clock: Clock;
  /** When absent: the port of the last run on this data folder, or any free one. */
  readonly port?: number;
  readonly parameters?: Record<string, string>;
  readonly log: (line: string) => void;
}

export interface Runtime {
  readonly endpoint: string;
  readonly outputs: Record<string, string>;
  readonly hosts: Hosts;
  readonly policies: Policies;
  readonly recordedCalls: RecordedCall[];
  /** The refused calls of roles, each with the missing statement. */
  readonly denied: Denial[];
  /** The rights of the template that roles and services used. */
  readonly exercised: Exercise[];
  resource(logicalId: string): HostedResource;
  /** The settings with which an AWS SDK client calls this runtime, as a role or as the operator. */
  clientConfig(callerArn?: string): { endpoint: string; region: string; credentials: Credentials };
  mails(): Mail[];
  stop(): Promise<void>;
}

const ACCOUNT = '000000000000';
const REGION = 'us-east-1';

/** Runs one synthesized stack on this machine: one endpoint, a host per service, every resource of the template. */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const stacks = [...(options.alongside ?? []), options.stackName].map((name) =>
    readAssembly(options.cloudAssembly, name, ACCOUNT, REGION),
  );
  const assets = new Map(stacks.flatMap((stack) => [...stack.assets]));
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  const callers = new Callers(options.dataDir, ACCOUNT);
  const endpoint = new Endpoint(callers, options.log);
  const url = await listenAsBefore(endpoint, options);
  const context = contextOf(options, { callers, endpoint, url, assets });
  const hosts = createHosts(context);
  const stop = async () => {
    for (const host of Object.values(hosts).reverse()) await host.stop();
    await endpoint.close();
  };
  try {
    for (const host of Object.values(hosts)) endpoint.attach(host);
    publishFileAssets(assets, hosts);
    const parameters = pseudoParameters(options);
    const created: Stack[] = [];
    for (const { template } of stacks) created.push(await createStack(template, hosts, context, parameters));
    const stack = joined(created);
    const authorization = authorizationOf(hosts, callers);
    endpoint.enforce(authorization);
    for (const host of Object.values(hosts)) await host.start();
    return runtimeOf({ callers, endpoint, url, hosts, stack, authorization, stop });
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

const joined = (stacks: readonly Stack[]): Stack => ({
  created: new Map(stacks.flatMap(({ created }) => [...created])),
  outputs: Object.assign({}, ...stacks.map(({ outputs }) => outputs)),
});

/** Enforces the roles, after a check of the rights that services need for themselves. */
function authorizationOf({ iam: { policies, observed } }: Hosts, { operatorArn }: Callers): Authorization {
  const senders = observed.filter(({ resource }) => resource.type === 'AWS::SES::EmailIdentity');
  const mailIdentities = new Set(senders.map(({ resource }) => String(resource.properties.EmailIdentity)));
  const authorization = new Authorization(policies, { account: ACCOUNT, region: REGION, mailIdentities }, operatorArn);
  authorization.checkCreation(observed);
  return authorization;
}

/** Running executions hold queue URLs, so the port stays the same after a restart if it is still free. */
async function listenAsBefore(endpoint: Endpoint, { port, dataDir }: RuntimeOptions): Promise<string> {
  const file = join(dataDir, 'endpoint.port');
  const before = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  const url = await endpoint.listen(port ?? before).catch((error: NodeJS.ErrnoException) => {
    if (port !== undefined || error.code !== 'EADDRINUSE') throw error;
    return endpoint.listen(0);
  });
  writeFileSync(file, new URL(url).port);
  return url;
}

interface Parts {
  readonly callers: Callers;
  readonly endpoint: Endpoint;
  readonly url: string;
}

function runtimeOf(parts: Parts & { hosts: Hosts; stack: Stack; authorization: Authorization; stop(): Promise<void> }): Runtime {
  const { callers, endpoint, url, hosts, stack, authorization, stop } = parts;
  return {
    endpoint: url,
    outputs: stack.outputs,
    hosts,
    policies: hosts.iam.policies,
    get recordedCalls() {
      return endpoint.recordedCalls;
    },
    get denied() {
      return authorization.denied;
    },
    get exercised() {
      return authorization.exercised;
    },
    resource(logicalId) {
      const resource = stack.created.get(logicalId);
      if (!resource) throw new Error(`The template has created nothing called ${logicalId}`);
      return resource;
    },
    clientConfig: (callerArn = callers.operatorArn) => ({ endpoint: url, region: REGION, credentials: callers.credentialsFor(callerArn) }),
    mails: () => hosts.ses.mails(),
    stop,
  };
}

function contextOf(
  { clock, dataDir, log }: RuntimeOptions,
  { callers, endpoint, url, assets }: Parts & { assets: Map<string, Asset> },
): HostContext {
  return {
    clock,
    dataDir,
    log,
    region: REGION,
    account: ACCOUNT,
    endpoint: url,
    credentialsFor: (arn) => callers.credentialsFor(arn),
    assetPath(objectKey) {
      const asset = assets.get(objectKey);
      if (!asset) throw new Error(`The cloud assembly has no asset ${objectKey}`);
      return asset.path;
    },
    async call(callerArn, { service, operation = '', method = 'POST', path = '/', headers = {}, body = '' }) {
      const release = clock.hold(`${service} ${operation || path}`);
      const [plain = '', search = ''] = path.split('?');
      const lowered = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
      const query = new URLSearchParams(search);
      const call = {
        signingName: service,
        operation,
        caller: { arn: callerArn },
        method,
        path: plain,
        query,
        headers: lowered,
        body: Buffer.from(body),
      };
      return await endpoint.dispatch(call).finally(release);
    },
  };
}

function publishFileAssets(assets: Map<string, Asset>, { s3 }: Hosts): void {
  const files = [...assets.values()].filter((asset) => asset.packaging === 'file');
  for (const { bucket, objectKey, path } of files) s3.putAsset(bucket, objectKey, readFileSync(path));
}

const pseudoParameters = ({ stackName, parameters = {} }: RuntimeOptions): Record<string, string> => ({
  'AWS::Partition': 'aws',
  'AWS::Region': REGION,
  'AWS::AccountId': ACCOUNT,
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackName': stackName,
  'AWS::StackId': `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/${stackName}/local`,
  ...parameters,
});
