import * as z from 'zod';
import { ApiError, type ApiReply, type HostContext } from '../host.ts';
import { functionArn } from './names.ts';
import { parsed, reply } from './reply.ts';
import type { Operation, Request } from './routes.ts';
import type { LambdaService } from './service.ts';

/** One permission, as the API and the template both give it. */
export const Permission = z.object({
  StatementId: z.string(),
  Action: z.string(),
  Principal: z.string(),
  SourceArn: z.string().optional(),
  SourceAccount: z.string().optional(),
});

export const policyOperations: Record<string, Operation> = {
  AddPermission: addPermission,
  GetPolicy: getPolicy,
  RemovePermission: ({ store }, { name, qualifier = '', item }) => {
    if (store.deletePermission(name, qualifier, item) === 0) throw noPolicy();
    return reply(204);
  },
};

/** Writes a permission as the statement of the function's policy. */
export function statementOf(permission: z.infer<typeof Permission>, context: HostContext, name: string, qualifier?: string): object {
  const { StatementId, Action, Principal, SourceArn, SourceAccount } = permission;
  const condition = {
    ...(SourceArn && { ArnLike: { 'AWS:SourceArn': SourceArn } }),
    ...(SourceAccount && { StringEquals: { 'AWS:SourceAccount': SourceAccount } }),
  };
  return {
    Sid: StatementId,
    Effect: 'Allow',
    Principal: { [/^\d|^arn:/.test(Principal) ? 'AWS' : 'Service']: Principal },
    Action,
    Resource: functionArn(context, name, qualifier),
    ...(Object.keys(condition).length > 0 && { Condition: condition }),
  };
}

function addPermission({ store, versions, context }: LambdaService, { name, qualifier, call }: Request): ApiReply {
  versions.find(name, qualifier);
  const permission = parsed(Permission, call);
  const { StatementId } = permission;
  if (store.permissions(name, qualifier ?? '').some(({ sid }) => sid === StatementId)) {
    throw new ApiError('ResourceConflictException', `The statement id (${StatementId}) provided already exists.`, 409);
  }
  const statement = statementOf(permission, context, name, qualifier);
  store.putPermission(name, qualifier ?? '', StatementId, statement);
  return reply(201, { Statement: JSON.stringify(statement) });
}

function getPolicy({ store, versions }: LambdaService, { name, qualifier }: Request): ApiReply {
  versions.find(name, qualifier);
  const found = store.permissions(name, qualifier ?? '');
  if (found.length === 0) throw noPolicy();
  const Policy = JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: found.map(({ statement }) => JSON.parse(statement)) });
  return reply(200, { Policy });
}

const noPolicy = () => new ApiError('ResourceNotFoundException', 'The resource you requested does not exist.', 404);
