import { type ApiCall, ApiError, type ApiReply } from '../host.ts';
import { parseName } from './names.ts';
import type { LambdaService } from './service.ts';

/** A call of the Lambda API with the names in its path. */
export interface Request {
  readonly call: ApiCall;
  readonly name: string;
  readonly qualifier: string | undefined;
  /** The last part of the path where it names something inside the function: an alias or a statement id. */
  readonly item: string;
}

export type Operation = (service: LambdaService, request: Request) => ApiReply | Promise<ApiReply>;

const FUNCTIONS = '/2015-03-31/functions';
const ONE = `${FUNCTIONS}/:name`;

const ROUTES: readonly (readonly [operation: string, method: string, pattern: string])[] = [
  ['Invoke', 'POST', `${ONE}/invocations`],
  ['GetFunctionConfiguration', 'GET', `${ONE}/configuration`],
  ['UpdateFunctionConfiguration', 'PUT', `${ONE}/configuration`],
  ['UpdateFunctionCode', 'PUT', `${ONE}/code`],
  ['PublishVersion', 'POST', `${ONE}/versions`],
  ['ListVersionsByFunction', 'GET', `${ONE}/versions`],
  ['CreateAlias', 'POST', `${ONE}/aliases`],
  ['ListAliases', 'GET', `${ONE}/aliases`],
  ['GetAlias', 'GET', `${ONE}/aliases/:item`],
  ['UpdateAlias', 'PUT', `${ONE}/aliases/:item`],
  ['DeleteAlias', 'DELETE', `${ONE}/aliases/:item`],
  ['AddPermission', 'POST', `${ONE}/policy`],
  ['GetPolicy', 'GET', `${ONE}/policy`],
  ['RemovePermission', 'DELETE', `${ONE}/policy/:item`],
  ['GetFunction', 'GET', ONE],
  ['DeleteFunction', 'DELETE', ONE],
  ['CreateFunction', 'POST', FUNCTIONS],
  ['ListFunctions', 'GET', FUNCTIONS],
  ['GetProvisionedConcurrencyConfig', 'GET', '/2019-09-30/functions/:name/provisioned-concurrency'],
];

const MATCHERS = ROUTES.map(([operation, method, pattern]) => {
  const path = pattern.replace(/:(\w+)/g, '(?<$1>[^/]+)');
  return { operation, method, path: new RegExp(`^${path}/?$`) };
});

/** Names the operation of a call, as IAM and CloudTrail would, and reads its path. */
export function route(call: ApiCall): { operation: string; request: Request } {
  for (const { operation, method, path } of MATCHERS) {
    const found = method === call.method ? path.exec(call.path) : null;
    if (!found) continue;
    const { name = '', item = '' } = found.groups ?? {};
    const named = parseName(decodeURIComponent(name), call.query.get('Qualifier') ?? undefined);
    return { operation, request: { call, ...named, item: decodeURIComponent(item) } };
  }
  throw new ApiError('UnknownOperationException', `Lambda ${call.method} ${call.path} is not supported locally`, 404);
}
