import { jsonBody } from '../endpoint/json-protocol.ts';
import type { ApiCall } from '../hosts/host.ts';
import { route } from '../hosts/lambda/routes.ts';
import { type Need, type Needs, need, type Where } from './need.ts';

const arnOf = ({ region, account }: Where, name: string, qualifier?: string) =>
  `arn:aws:lambda:${region}:${account}:function:${name}${qualifier ? `:${qualifier}` : ''}`;

/** Lambda judges a call on a version or an alias by the qualified ARN. */
const onQualified =
  (action: string): Needs =>
  (call, where) => {
    const { name, qualifier } = route(call).request;
    return [need(`lambda:${action}`, arnOf(where, name, qualifier))];
  };

/** Aliases are judged by the ARN of their function, without the alias. */
const onFunction =
  (action: string): Needs =>
  (call, where) => [need(`lambda:${action}`, arnOf(where, route(call).request.name))];

/** Lambda reads the new code with the rights of the caller who hands it in. */
const updateCode: Needs = (call, where) => [...onFunction('UpdateFunctionCode')(call, where), ...codeNeeds(call)];

function codeNeeds(call: ApiCall): Need[] {
  const { S3Bucket, S3Key, S3ObjectVersion } = jsonBody(call);
  if (!S3Bucket) return [];
  const object = `arn:aws:s3:::${S3Bucket}/${S3Key}`;
  return [need('s3:GetObject', object), ...(S3ObjectVersion ? [need('s3:GetObjectVersion', object)] : [])];
}

const each = (actions: readonly string[], needsBy: (action: string) => Needs) =>
  Object.fromEntries(actions.map((action) => [action, needsBy(action)]));

/** The rights that each API of Lambda needs. Deployments create and delete functions; roles do not. */
export const lambdaNeeds: Readonly<Record<string, Needs>> = {
  Invoke: onQualified('InvokeFunction'),
  UpdateFunctionCode: updateCode,
  ...each(
    ['GetFunction', 'GetFunctionConfiguration', 'GetProvisionedConcurrencyConfig', 'GetPolicy', 'AddPermission', 'RemovePermission'],
    onQualified,
  ),
  ...each(['UpdateFunctionConfiguration', 'PublishVersion', 'ListVersionsByFunction'], onFunction),
  ...each(['CreateAlias', 'ListAliases', 'GetAlias', 'UpdateAlias', 'DeleteAlias'], onFunction),
};
