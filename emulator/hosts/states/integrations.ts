import type { HostContext } from '../host.ts';
import type { Json, JsonObject } from './definition.ts';
import { StateFailure } from './failure.ts';
import type { Execution, Reply, Task } from './frame.ts';
import type { Resource } from './resource.ts';

export type Request = Parameters<HostContext['call']>[1];

interface Service {
  readonly service: string;
  readonly target: string;
  /** The version of the JSON protocol, by default 1.0. */
  readonly version?: '1.1';
  readonly errors: string;
  /** The service's name in causes. An SDK integration uses other words. */
  readonly causes?: string;
  /** The wire's members begin with small letters, Step Functions' with capitals. */
  readonly small?: true;
}

const STATES = { service: 'states', target: 'AWSStepFunctions', small: true } as const;
const CODEBUILD = { service: 'codebuild', target: 'CodeBuild_20161006', version: '1.1', small: true } as const;
const SERVICES: Record<string, Service> = {
  lambda: { service: 'lambda', target: '', errors: 'Lambda', causes: 'AWSLambda' },
  states: { ...STATES, errors: 'StepFunctions', causes: 'AWSStepFunctions' },
  'aws-sdk:sfn': { ...STATES, errors: 'Sfn' },
  codebuild: { ...CODEBUILD, errors: 'CodeBuild', causes: 'AWSCodeBuild' },
  sqs: { service: 'sqs', target: 'AmazonSQS', errors: 'SQS', causes: 'AmazonSQS' },
  events: { service: 'events', target: 'AWSEvents', version: '1.1', errors: 'EventBridge', causes: 'AmazonEventBridge' },
  dynamodb: { service: 'dynamodb', target: 'DynamoDB_20120810', errors: 'DynamoDB', causes: 'AmazonDynamoDBv2' },
};

export function requestOf({ resource, attempt, ...task }: Task, { arn, machineArn }: Execution): Request {
  const args = task.arguments as JsonObject;
  if (resource.type === 'lambda') return invocation(resource, args);
  const prepared = { ...args };
  if (resource.type === 'states' && isStructured(args.Input)) prepared.Input = JSON.stringify(args.Input);
  if (resource.type === 'sqs' && isStructured(args.MessageBody)) prepared.MessageBody = JSON.stringify(args.MessageBody);
  if (resource.type === 'codebuild') prepared.IdempotencyToken ??= attempt;
  if (resource.type === 'events') prepared.Entries = entries(args.Entries, arn, machineArn);
  return jsonRequest(resource.type, resource.action, prepared, { 'x-amz-source-task': attempt, 'x-amz-source-pattern': resource.pattern });
}

export function jsonRequest(type: string, action: string, args: Json, headers: Record<string, string> = {}): Request {
  const { service, target, version = '1.0', small } = serviceOf(type);
  const operation = action.charAt(0).toUpperCase() + action.slice(1);
  const protocol = { 'content-type': `application/x-amz-json-${version}`, 'x-amz-target': `${target}.${operation}` };
  return { service, operation, headers: { ...protocol, ...headers }, body: JSON.stringify(small ? renamed(args, 'small') : args) };
}

export function resultOf(resource: Resource, reply: Reply): Json {
  if (reply.status >= 400) throw serviceFailure(resource, reply);
  if (resource.type === 'lambda') return invoked(resource, reply);
  const answer = reply.body === '' ? {} : JSON.parse(reply.body);
  const named = serviceOf(resource.type).small ? renamed(answer, 'capital') : answer;
  if (resource.type === 'events') refuseFailedEntries(named);
  return resource.type === 'aws-sdk:sfn' ? named : { ...named, ...metadata(reply) };
}

function invocation(resource: Resource, args: JsonObject): Request {
  const whole = resource.kind === 'function' ? { FunctionName: resource.arn, Payload: args } : args;
  const { FunctionName, Qualifier, InvocationType, Payload } = whole as Record<string, Json | undefined>;
  const search = Qualifier === undefined ? '' : `?Qualifier=${encodeURIComponent(String(Qualifier))}`;
  return {
    service: 'lambda',
    method: 'POST',
    path: `/2015-03-31/functions/${encodeURIComponent(String(FunctionName))}/invocations${search}`,
    headers: { 'content-type': 'application/json', 'x-amz-invocation-type': String(InvocationType ?? 'RequestResponse') },
    body: Payload === undefined ? '' : JSON.stringify(Payload),
  };
}

function invoked(resource: Resource, reply: Reply): Json {
  const payload = reply.body === '' ? undefined : JSON.parse(reply.body);
  const type = payload?.errorType;
  if (reply.headers['x-amz-function-error']) throw new StateFailure(type ?? 'Lambda.Unknown', (type ? '' : UNTYPED) + reply.body);
  if (resource.kind === 'function') return payload ?? null;
  const version = reply.headers['x-amz-executed-version'];
  const answered = { ...(version && { ExecutedVersion: version }), ...(reply.body && { Payload: payload }) };
  return { ...answered, ...metadata(reply), StatusCode: reply.status };
}

function serviceFailure(resource: Resource, reply: Reply): StateFailure {
  const answer = reply.body === '' ? {} : JSON.parse(reply.body);
  const code = String(reply.headers['x-amzn-errortype'] ?? answer.__type ?? 'UnknownException').replace(/^.*#|:.*$/g, '');
  const { errors, causes } = serviceOf(resource.type);
  const unmodelled = causes && UNMODELLED.test(code);
  const name = unmodelled ? `${causes.replace('v2', '')}Exception` : /(Exception|Error)$/.test(code) ? code : `${code}Exception`;
  const shown = reply.headers['x-amzn-query-error']?.split(';')[0] ?? code;
  const status = `Status Code: ${reply.status}`;
  const id = `Request ID: ${requestId(reply)}`;
  const about = causes ? `Service: ${causes}; ${status}; Error Code: ${shown}; ${id}; Proxy: null` : `Service: ${errors}, ${status}, ${id}`;
  return new StateFailure(`${errors}.${name}`, `${answer.message ?? answer.Message ?? code} (${about})`);
}

/** Codes for which AWS's SDK has no exception of their own. */
const UNMODELLED = /^(AccessDenied|Validation)(Exception)?$/;
const UNTYPED = 'The cause could not be determined because Lambda did not return an error type. Returned payload: ';

function metadata(reply: Reply): JsonObject {
  const all = Object.fromEntries(Object.entries(reply.headers).map(([name, value]) => [name, [value]]));
  return {
    SdkHttpMetadata: { AllHttpHeaders: all, HttpHeaders: reply.headers, HttpStatusCode: reply.status },
    SdkResponseMetadata: { RequestId: requestId(reply) },
  };
}

const requestId = (reply: Reply) => reply.headers['x-amzn-requestid'] ?? '00000000-0000-4000-8000-000000000000';

function entries(given: unknown, ...resources: string[]): Json {
  const withResources = ({ Detail, Resources = [], ...rest }: JsonObject) => ({
    ...rest,
    Detail: isStructured(Detail) ? JSON.stringify(Detail) : Detail,
    Resources: [...(Resources as Json[]), ...resources],
  });
  return (Array.isArray(given) ? given.map(withResources) : given) as Json;
}

function refuseFailedEntries(answer: JsonObject): void {
  if (answer.FailedEntryCount) throw new StateFailure('EventBridge.FailedEntry', JSON.stringify(answer));
}

function serviceOf(type: string): Service {
  const service = SERVICES[type];
  if (!service) throw new Error(`The engine cannot call ${type}`);
  return service;
}

const isStructured = (value: Json | undefined) => value !== null && typeof value === 'object';

/** Writes the first letter of every member name small (the wire's way) or capital (the way of Step Functions). */
function renamed(value: Json, first: 'small' | 'capital'): Json {
  if (Array.isArray(value)) return value.map((element) => renamed(element, first));
  if (value === null || typeof value !== 'object') return value;
  const change = (name: string) => (first === 'small' ? name.charAt(0).toLowerCase() : name.charAt(0).toUpperCase()) + name.slice(1);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [change(name), renamed(inner, first)]));
}
