import * as z from 'zod';
import { physicalName } from '../../stack/physical-name.ts';
import { propertiesOf } from '../../stack/properties.ts';
import type { HostedResource, TemplateResource } from '../host.ts';
import type { Code } from './code.ts';
import { functionArn, parseName } from './names.ts';
import { Permission, statementOf } from './policy-operations.ts';
import { configurationOf, FunctionProperties } from './properties.ts';
import type { LambdaService } from './service.ts';
import { LATEST } from './versions.ts';

type Create = (service: LambdaService, resource: TemplateResource) => HostedResource;

/** How each resource of the template is created. An unchanged one keeps the changes made since the last run. */
export const RESOURCES: Record<string, Create> = {
  'AWS::Lambda::Function': createFunction,
  'AWS::Lambda::Version': createVersion,
  'AWS::Lambda::Alias': createAlias,
  'AWS::Lambda::Permission': createPermission,
};

function createFunction(service: LambdaService, resource: TemplateResource): HostedResource {
  const { store, versions, context } = service;
  const { FunctionName, Code, Description, ...rest } = propertiesOf(FunctionProperties, resource.properties);
  const name = FunctionName ?? physicalName(resource.logicalId, 64);
  const code = codeOf(service, Code);
  const configuration = configurationOf({ ...rest, Description });
  const fingerprint = { codeSha256: code.codeSha256, configuration, Description };
  if (!store.version(name, LATEST)) versions.create(name, code, configuration, Description, 0);
  else if (!store.deployed(resource.logicalId, fingerprint)) versions.replace(name, { ...code, configuration, description: Description });
  store.putDeployed(resource.logicalId, fingerprint, name);
  return { ref: name, attributes: { Arn: functionArn(context, name) } };
}

function codeOf({ code, context }: LambdaService, source: z.infer<typeof FunctionProperties>['Code']): Code {
  return source.ZipFile !== undefined ? code.putInline(source.ZipFile) : code.putAsset(context.assetPath(source.S3Key ?? ''));
}

const VersionProperties = z.strictObject({
  FunctionName: z.string(),
  Description: z.string().optional(),
  CodeSha256: z.string().optional(),
  RuntimePolicy: z.unknown().optional(),
});

/** A version of the template is published once; CDK gives it a new logical id when code or configuration changes. */
function createVersion({ store, versions, context }: LambdaService, resource: TemplateResource): HostedResource {
  const { FunctionName, Description } = propertiesOf(VersionProperties, resource.properties);
  const { name } = parseName(FunctionName);
  const known = store.deployment(resource.logicalId)?.physical;
  const version = known && store.version(name, known) ? known : versions.publish(name, { description: Description }).version;
  store.putDeployed(resource.logicalId, {}, version);
  const arn = functionArn(context, name, version);
  return { ref: arn, attributes: { Version: version, FunctionArn: arn } };
}

const AliasProperties = z.strictObject({
  FunctionName: z.string(),
  FunctionVersion: z.string(),
  Name: z.string(),
  Description: z.string().default(''),
  RoutingConfig: z
    .strictObject({ AdditionalVersionWeights: z.array(z.strictObject({ FunctionVersion: z.string(), FunctionWeight: z.number() })) })
    .optional(),
});

function createAlias({ store, versions, context }: LambdaService, resource: TemplateResource): HostedResource {
  const properties = propertiesOf(AliasProperties, resource.properties);
  const { name } = parseName(properties.FunctionName);
  const weighted = properties.RoutingConfig?.AdditionalVersionWeights ?? [];
  const weights = Object.fromEntries(weighted.map(({ FunctionVersion, FunctionWeight }) => [FunctionVersion, FunctionWeight]));
  const alias = { name, alias: properties.Name, version: properties.FunctionVersion, weights, description: properties.Description };
  if (!store.deployed(resource.logicalId, alias) || !store.alias(name, alias.alias)) versions.putAlias(alias);
  const arn = functionArn(context, name, alias.alias);
  store.putDeployed(resource.logicalId, alias, arn);
  return { ref: arn, attributes: { AliasArn: arn } };
}

const PermissionProperties = Permission.omit({ StatementId: true }).extend({
  FunctionName: z.string(),
  EventSourceToken: z.string().optional(),
  FunctionUrlAuthType: z.string().optional(),
  PrincipalOrgID: z.string().optional(),
});

function createPermission({ store, context }: LambdaService, resource: TemplateResource): HostedResource {
  const { FunctionName, ...permission } = propertiesOf(PermissionProperties, resource.properties);
  const { name, qualifier } = parseName(FunctionName);
  const statement = statementOf({ ...permission, StatementId: resource.logicalId }, context, name, qualifier);
  store.putPermission(name, qualifier ?? '', resource.logicalId, statement);
  return { ref: resource.logicalId, attributes: { Id: resource.logicalId } };
}
