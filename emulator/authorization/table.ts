import { type ApiCall, ApiError } from '../hosts/host.ts';
import { route } from '../hosts/lambda/routes.ts';
import { operationOf } from '../hosts/s3/request.ts';
import { dynamodbNeeds } from './dynamodb-needs.ts';
import { ecsNeeds } from './ecs-needs.ts';
import { lambdaNeeds } from './lambda-needs.ts';
import { messageNeeds } from './message-needs.ts';
import { type Need, type Needs, need, type Surroundings } from './need.ts';
import { s3Needs, s3Target } from './s3-needs.ts';
import { statesNeeds } from './states-needs.ts';

interface Api {
  readonly operations: Readonly<Record<string, Needs>>;
  /** Names the operation of a REST call; the other protocols carry its name. */
  readonly named?: (call: ApiCall) => string;
}

/** Every API that a role may call, by signing name. Any other is refused by name. */
const APIS: Readonly<Record<string, Api>> = {
  dynamodb: { operations: dynamodbNeeds },
  ecs: { operations: ecsNeeds },
  lambda: { operations: lambdaNeeds, named: (call) => route(call).operation },
  s3: { operations: s3Needs, named: (call) => operationOf(call, s3Target(call).key) },
  states: { operations: statesNeeds },
  ...messageNeeds,
};

/** Names the APIs that a role may be given, by signing name. */
export const knownApis = (): Record<string, string[]> =>
  Object.fromEntries(Object.entries(APIS).map(([service, { operations }]) => [service, Object.keys(operations)]));

/** Lists the needs of a call: actions, resources and conditions, dependent ones included. */
export function needsOf(call: ApiCall, where: Surroundings): Need[] {
  const api = APIS[call.signingName];
  const operation = api?.named?.(call) ?? (call.operation || `${call.method} ${call.path}`);
  const needs = api && Object.hasOwn(api.operations, operation) ? api.operations[operation] : undefined;
  if (!needs)
    throw new ApiError(
      'UnknownOperationException',
      `The rights that a role needs for ${call.signingName} ${operation} are not known locally`,
      501,
    );
  const common = {
    'aws:securetransport': 'true',
    'aws:principalarn': call.caller.arn,
    ...source(call, 'arn'),
    ...source(call, 'account'),
  };
  return needs(call, where).map(({ action, resource, context }) => need(action, resource, { ...common, ...context }));
}

function source({ headers }: ApiCall, what: 'arn' | 'account'): Record<string, string> {
  const value = headers[`x-amz-source-${what}`];
  return value ? { [`aws:source${what}`]: value } : {};
}
