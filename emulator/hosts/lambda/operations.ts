import * as z from 'zod';
import { jsonBody } from '../../endpoint/json-protocol.ts';
import { ApiError, type ApiReply } from '../host.ts';
import { aliasOperations } from './alias-operations.ts';
import { fetchCode } from './fetch-code.ts';
import { invoke } from './invoke-operation.ts';
import { functionArn, notFound, parseName } from './names.ts';
import { policyOperations } from './policy-operations.ts';
import { CreateFunctionRequest, configurationOf } from './properties.ts';
import { parsed, reply } from './reply.ts';
import type { Operation, Request } from './routes.ts';
import type { LambdaService } from './service.ts';
import { LATEST } from './versions.ts';
import { configurationView } from './views.ts';

/** The operations of the Lambda API that run locally, by name. */
export const OPERATIONS: Record<string, Operation> = {
  Invoke: invoke,
  CreateFunction: createFunction,
  GetFunction: getFunction,
  GetFunctionConfiguration: (service, request) => reply(200, view(service, request)),
  ListFunctions: ({ store, versions, context }) =>
    reply(200, { Functions: store.functions().map((version) => configurationView(version, versions, context)) }),
  UpdateFunctionCode: updateFunctionCode,
  UpdateFunctionConfiguration: updateFunctionConfiguration,
  DeleteFunction: deleteFunction,
  PublishVersion: publishVersion,
  ListVersionsByFunction: listVersions,
  GetProvisionedConcurrencyConfig: noProvisionedConcurrency,
  ...aliasOperations,
  ...policyOperations,
};

function view({ versions, context }: LambdaService, { name, qualifier }: Request): object {
  return configurationView(versions.find(name, qualifier), versions, context, qualifier !== undefined);
}

async function createFunction(service: LambdaService, { call }: Request): Promise<ApiReply> {
  const { FunctionName, Code, Publish, ...rest } = parsed(CreateFunctionRequest, call);
  const { name } = parseName(FunctionName);
  const code = await fetchCode(service, Code, call.caller.arn);
  const latest = service.versions.create(name, code, configurationOf(rest), rest.Description, Publish ? 0 : 1000);
  const made = Publish ? service.versions.publish(name) : latest;
  return reply(201, configurationView(made, service.versions, service.context));
}

function getFunction(service: LambdaService, request: Request): ApiReply {
  const Configuration = view(service, request);
  const { codeSha256 } = service.versions.find(request.name, request.qualifier);
  return reply(200, { Configuration, Code: { RepositoryType: 'S3', Location: `file://${service.code.folderOf(codeSha256)}` }, Tags: {} });
}

const UpdateCode = z.object({
  ZipFile: z.string().optional(),
  S3Bucket: z.string().optional(),
  S3Key: z.string().optional(),
  S3ObjectVersion: z.string().optional(),
  RevisionId: z.string().optional(),
  Publish: z.boolean().default(false),
  DryRun: z.boolean().default(false),
});

async function updateFunctionCode(service: LambdaService, { name, call }: Request): Promise<ApiReply> {
  const { versions, context } = service;
  const { RevisionId, Publish, DryRun, ...source } = parsed(UpdateCode, call);
  const before = versions.settled(name);
  versions.checkRevision(versions.revisionOf(before), RevisionId);
  const code = await fetchCode(service, source, call.caller.arn);
  if (DryRun) return reply(200, configurationView({ ...before, ...code }, versions, context));
  const updated = versions.update(name, code, RevisionId);
  service.invoker.pool.retire(name);
  return reply(200, configurationView(Publish ? versions.publishUnsettled(name) : updated, versions, context));
}

const UpdateConfiguration = CreateFunctionRequest.omit({ FunctionName: true, Code: true, Publish: true, PackageType: true })
  .partial()
  .extend({ RevisionId: z.string().optional() });

function updateFunctionConfiguration({ versions, invoker, context }: LambdaService, { name, call }: Request): ApiReply {
  const given = Object.entries(jsonBody(call)).filter(([, value]) => value !== undefined && value !== null);
  const { RevisionId } = parsed(UpdateConfiguration, call);
  const before = versions.settled(name);
  const { Environment, DeadLetterArn, ...rest } = before.configuration;
  const current = { ...rest, Environment: { Variables: Environment }, DeadLetterConfig: { TargetArn: DeadLetterArn } };
  const wanted = { FunctionName: name, Code: {}, ...current, Description: before.description, ...Object.fromEntries(given) };
  const { RevisionId: _, ReservedConcurrency, ...request } = wanted as typeof wanted & { RevisionId?: string };
  const complete = CreateFunctionRequest.parse(request);
  const configuration = configurationOf({ ...complete, ReservedConcurrentExecutions: ReservedConcurrency });
  const updated = versions.update(name, { configuration, description: complete.Description }, RevisionId);
  invoker.pool.retire(name);
  return reply(200, configurationView(updated, versions, context));
}

function deleteFunction({ store, versions, invoker }: LambdaService, { name, qualifier }: Request): ApiReply {
  versions.find(name, qualifier);
  const users = store.aliases(name).filter(({ version, weights }) => qualifier && (version === qualifier || qualifier in weights));
  if (users.length > 0) {
    const message = `Version ${qualifier} is used by the alias ${users[0]?.alias}; point it elsewhere first`;
    throw new ApiError('ResourceConflictException', message, 409);
  }
  store.delete(name, qualifier);
  invoker.pool.retire(name);
  return reply(204);
}

const Publish = z.object({ CodeSha256: z.string().optional(), Description: z.string().optional(), RevisionId: z.string().optional() });

function publishVersion({ versions, context }: LambdaService, { name, call }: Request): ApiReply {
  const { CodeSha256, Description, RevisionId } = parsed(Publish, call);
  const version = versions.publish(name, { codeSha256: CodeSha256, description: Description, revisionId: RevisionId });
  return reply(201, configurationView(version, versions, context, true));
}

function listVersions({ store, versions, context }: LambdaService, { name }: Request): ApiReply {
  const all = store.versions(name);
  if (all.length === 0) throw notFound(functionArn(context, name));
  return reply(200, { Versions: all.map((version) => configurationView(version, versions, context, true)) });
}

function noProvisionedConcurrency({ versions }: LambdaService, { name, qualifier = LATEST }: Request): ApiReply {
  versions.find(name, qualifier);
  const message = 'No Provisioned Concurrency Config found for this function';
  throw new ApiError('ProvisionedConcurrencyConfigNotFoundException', message, 404);
}
