import * as z from 'zod';
import { ApiError, type ApiReply } from '../host.ts';
import { parsed, reply } from './reply.ts';
import type { Operation, Request } from './routes.ts';
import type { LambdaService } from './service.ts';
import { aliasView } from './views.ts';

const RoutingConfig = z.object({ AdditionalVersionWeights: z.record(z.string(), z.number()).nullish() }).nullish();
const Create = z.object({ Name: z.string(), FunctionVersion: z.string(), Description: z.string().default(''), RoutingConfig });
const Update = z.object({
  FunctionVersion: z.string().optional(),
  Description: z.string().optional(),
  RoutingConfig,
  RevisionId: z.string().optional(),
});

export const aliasOperations: Record<string, Operation> = {
  CreateAlias: createAlias,
  GetAlias: ({ versions, context }, { name, item }) => reply(200, aliasView(versions.findAlias(name, item), context)),
  UpdateAlias: updateAlias,
  DeleteAlias: ({ store }, { name, item }) => {
    store.deleteAlias(name, item);
    return reply(204);
  },
  ListAliases: listAliases,
};

function createAlias({ store, versions, context }: LambdaService, { name, call }: Request): ApiReply {
  const { Name, FunctionVersion, Description, RoutingConfig: routing } = parsed(Create, call);
  if (store.alias(name, Name)) throw new ApiError('ResourceConflictException', `Alias already exists: ${Name}`, 409);
  const weights = routing?.AdditionalVersionWeights ?? {};
  const made = versions.putAlias({ name, alias: Name, version: FunctionVersion, weights, description: Description });
  return reply(201, aliasView(made, context));
}

/** Changes only the given fields: without a RoutingConfig the weights stay. */
function updateAlias({ versions, context }: LambdaService, { name, item, call }: Request): ApiReply {
  const { FunctionVersion, Description, RoutingConfig: routing, RevisionId } = parsed(Update, call);
  const before = versions.findAlias(name, item);
  versions.checkRevision(before.revisionId, RevisionId);
  const updated = versions.putAlias({
    ...before,
    version: FunctionVersion ?? before.version,
    description: Description ?? before.description,
    weights: routing ? (routing.AdditionalVersionWeights ?? {}) : before.weights,
  });
  return reply(200, aliasView(updated, context));
}

function listAliases({ store, versions, context }: LambdaService, { name, call }: Request): ApiReply {
  versions.find(name);
  const version = call.query.get('FunctionVersion');
  const all = store.aliases(name).filter((alias) => !version || alias.version === version);
  return reply(200, { Aliases: all.map((alias) => aliasView(alias, context)) });
}
