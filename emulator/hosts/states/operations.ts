import { jsonBody } from '../../endpoint/json-protocol.ts';
import { type ApiCall, ApiError } from '../host.ts';
import * as executionOperations from './execution-operations.ts';
import * as machineOperations from './machine-operations.ts';
import type { Service, WireRequest } from './service.ts';
import * as tokenOperations from './token-operations.ts';

type Operation = (service: Service, request: WireRequest, call: ApiCall) => unknown;

export const OPERATIONS: Record<string, Operation> = { ...machineOperations, ...executionOperations, ...tokenOperations };

export async function answer(service: Service, call: ApiCall): Promise<unknown> {
  const operation = Object.hasOwn(OPERATIONS, call.operation) ? OPERATIONS[call.operation] : undefined;
  if (!operation) throw new ApiError('UnknownOperationException', `Step Functions ${call.operation} is not supported locally`);
  return await operation(service, jsonBody(call), call);
}
