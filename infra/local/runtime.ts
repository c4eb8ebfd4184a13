import { mkdirSync, readFileSync } from 'node:fs';
import { type Asset, readAssembly } from './assembly.ts';
import { Callers } from './callers.ts';
import type { Clock } from './clock.ts';
import { Endpoint, type RecordedCall } from './endpoint.ts';
import type { Credentials, Host, HostContext, HostedResource, TemplateResource } from './host.ts';
import { createHosts, type Hosts } from './hosts.ts';
import type { Policies } from './iam.ts';
import { IGNORED, ignoredResource } from './ignored.ts';
import type { Mail } from './ses.ts';
import { conditionHolds, resolve, type Scope } from './template/intrinsics.ts';
import { creationOrder, type Template } from './template.ts';

export interface RuntimeOptions {
  /** The folder that CDK synthesised into, usually `cdk.out`. */
  readonly cloudAssembly: string;
  readonly stackName: string;
  /** Everything durable; starting again with the same folder goes on where the last run was, even when it was killed. */
  readonly dataDir: string;
  readonly clock: Clock;
  /** Any free port when absent. */
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
  resource(logicalId: string): HostedResource;
  /** What an AWS SDK client needs to call this runtime, as a role or as the operator. */
  clientConfig(callerArn?: string): { endpoint: string; region: string; credentials: Credentials };
  mails(): Mail[];
  stop(): Promise<void>;
}

const ACCOUNT = '000000000000';
const REGION = 'us-east-1';

/** Runs one synthesised stack on this machine: one endpoint, a host per service, every resource of the template created. */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { template, assets } = readAssembly(options.cloudAssembly, options.stackName, ACCOUNT, REGION);
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  const callers = new Callers(options.dataDir, ACCOUNT);
  const endpoint = new Endpoint(callers, options.log);
  const url = await endpoint.listen(options.port ?? 0);
  const context = contextOf(options, { callers, endpoint, url, assets });
  const hosts = createHosts(context, options.dataDir);
  const stop = async () => {
    for (const host of Object.values(hosts).reverse()) await host.stop();
    await endpoint.close();
  };
  try {
    const { created, scope } = await bringUp(template, hosts, endpoint, context, options, assets);
    return runtimeOf({ callers, endpoint, url, hosts, created, outputs: outputsOf(template, scope), stop });
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

interface Parts {
  readonly callers: Callers;
  readonly endpoint: Endpoint;
  readonly url: string;
}

function runtimeOf(
  parts: Parts & { hosts: Hosts; created: Map<string, HostedResource>; outputs: Record<string, string>; stop(): Promise<void> },
): Runtime {
  const { callers, endpoint, url, hosts, created, outputs, stop } = parts;
  return {
    endpoint: url,
    outputs,
    hosts,
    policies: hosts.iam.policies,
    get recordedCalls() {
      return endpoint.recordedCalls;
    },
    resource(logicalId) {
      const resource = created.get(logicalId);
      if (!resource) throw new Error(`The template has created nothing called ${logicalId}`);
      return resource;
    },
    clientConfig: (callerArn = callers.operatorArn) => ({ endpoint: url, region: REGION, credentials: callers.credentialsFor(callerArn) }),
    mails: () => hosts.ses.mails(),
    stop,
  };
}

type SharedContext = Omit<HostContext, 'dataDir'>;

function contextOf(
  { clock, log }: RuntimeOptions,
  { callers, endpoint, url, assets }: Parts & { assets: Map<string, Asset> },
): SharedContext {
  return {
    clock,
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

/** Creates all resources in dependency order, then lets the hosts begin. */
async function bringUp(
  template: Template,
  hosts: Hosts,
  endpoint: Endpoint,
  context: SharedContext,
  options: RuntimeOptions,
  assets: Map<string, Asset>,
) {
  const created = new Map<string, HostedResource>();
  const scope: Scope = { template, pseudoParameters: pseudoParameters(options), resource: (id) => created.get(id) };
  for (const host of Object.values(hosts)) endpoint.attach(host);
  for (const asset of assets.values())
    if (asset.packaging === 'file') hosts.s3.putAsset(asset.bucket, asset.objectKey, readFileSync(asset.path));
  for (const logicalId of creationOrder(template.Resources)) {
    const entry = template.Resources[logicalId];
    if (!entry || (entry.Condition && !conditionHolds(entry.Condition, scope))) continue;
    const resource = { logicalId, type: entry.Type, properties: resolve(entry.Properties ?? {}, scope) };
    const hosted = await create(resource, hosts, context);
    created.set(logicalId, hosted);
    hosts.iam.observe(resource, hosted);
  }
  for (const host of Object.values(hosts)) await host.start();
  return { created, scope };
}

function create(resource: TemplateResource, hosts: Hosts, context: SharedContext): Promise<HostedResource> {
  const { logicalId, type } = resource;
  const host = Object.values(hosts).find((candidate: Host) => Object.hasOwn(candidate.resources, type));
  const handler = host?.resources[type];
  if (handler) return handler(resource);
  if (Object.hasOwn(IGNORED, type)) return Promise.resolve(ignoredResource(resource, { ...context, dataDir: '' }));
  const custom = type.startsWith('Custom::') || type === 'AWS::CloudFormation::CustomResource';
  const why = custom ? 'custom resources cannot run locally' : 'no local host knows this resource type';
  throw new Error(`${logicalId} (${type}): ${why}`);
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

function outputsOf(template: Template, scope: Scope): Record<string, string> {
  const wanted = Object.entries(template.Outputs ?? {}).filter(([, { Condition }]) => !Condition || conditionHolds(Condition, scope));
  return Object.fromEntries(wanted.map(([name, { Value }]) => [name, String(resolve(Value, scope))]));
}
