import { IGNORED } from '../stack/ignored.ts';
import type { Hosted } from './host-assembly.ts';

/** Everything that a person or a program needs to use the running stack. */
export interface Report {
  readonly stack: string;
  readonly endpoint: string;
  readonly region: string;
  /** The operator may do everything. The emulator reads the key's name and checks no signature. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly httpApis: Record<string, string>;
  readonly outputs: Record<string, string>;
  readonly dataDir: string;
  readonly resumed: boolean;
  /** Logical ids by resource type. */
  readonly hosted: Record<string, string[]>;
  readonly skipped: Record<string, { readonly reason: string; readonly resources: string[] }>;
}

const HTTP_API = 'AWS::ApiGatewayV2::Api';

export function reportOf({ runtime, stack, dataDir, resumed }: Hosted): Report {
  const { observed } = runtime.hosts.iam;
  const byType = Object.groupBy(observed, ({ resource }) => resource.type);
  const types = Object.entries(byType).map(([type, all = []]) => [type, all.map(({ resource }) => resource.logicalId)] as const);
  const apis = (byType[HTTP_API] ?? []).map(({ resource, hosted }) => [resource.logicalId, hosted.attributes.ApiEndpoint ?? '']);
  const skipped = types.filter(([type]) => Object.hasOwn(IGNORED, type));
  return {
    stack: stack.name,
    endpoint: runtime.endpoint,
    region: runtime.clientConfig().region,
    credentials: { accessKeyId: 'operator', secretAccessKey: 'operator' },
    httpApis: Object.fromEntries(apis),
    outputs: runtime.outputs,
    dataDir,
    resumed,
    hosted: Object.fromEntries(types.filter(([type]) => !Object.hasOwn(IGNORED, type))),
    skipped: Object.fromEntries(skipped.map(([type, resources]) => [type, { reason: IGNORED[type] ?? '', resources }])),
  };
}

/** Writes the report for a terminal. */
export function textOf(report: Report): string {
  const { stack, endpoint, region, credentials, httpApis, outputs, dataDir, resumed, hosted, skipped } = report;
  const exports = [
    `AWS_ENDPOINT_URL=${endpoint}`,
    `AWS_REGION=${region}`,
    `AWS_ACCESS_KEY_ID=${credentials.accessKeyId}`,
    `AWS_SECRET_ACCESS_KEY=${credentials.secretAccessKey}`,
  ];
  const width = Math.max(0, ...Object.keys({ ...hosted, ...skipped }).map(({ length }) => length));
  const row = (type: string, { length }: string[]) => `  ${type.padEnd(width)}  ${length}`;
  return [
    `Hosted in ${stack}:`,
    ...Object.entries(hosted).map(([type, ids]) => row(type, ids)),
    ...section('Skipped:', skipped, (type, { reason, resources }) => `${row(type, resources)}  ${reason}`),
    ...section('Outputs:', outputs, (name, value) => `  ${name} = ${value}`),
    ...section('HTTP APIs:', httpApis, (id, url) => `  ${id}  ${url}`),
    `Endpoint: ${endpoint}`,
    'Credentials of the operator, who may do everything:',
    `  export ${exports.join(' ')}`,
    resumed ? `Data: ${dataDir}, resumed from the last run` : `Data: ${dataDir}, new`,
    'Running until Ctrl-C.',
  ].join('\n');
}

function section<Value>(title: string, entries: Record<string, Value>, line: (name: string, value: Value) => string): string[] {
  const lines = Object.entries(entries).map(([name, value]) => line(name, value));
  return lines.length > 0 ? [title, ...lines] : [];
}
