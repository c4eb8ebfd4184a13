import { ApiError } from '../host.ts';
import type { Answer, Signal } from './frame.ts';
import { checkPayload, type Service, type WireRequest } from './service.ts';

const TOKEN = /^[\w+/]{128}$/;

export const tokenOperations = { SendTaskSuccess, SendTaskFailure, SendTaskHeartbeat };

async function SendTaskSuccess(service: Service, { taskToken, output }: WireRequest) {
  const checked = checkPayload(output, 'output', () => new ApiError('InvalidOutput', "Invalid Output: 'Error parsing output'"));
  return await settle(service, taskToken, { output: checked });
}

async function SendTaskFailure(service: Service, { taskToken, error, cause }: WireRequest) {
  return await settle(service, taskToken, { error, cause });
}

async function SendTaskHeartbeat(service: Service, { taskToken }: WireRequest) {
  return await tell(service, taskToken, (attempt) => ({ type: 'heartbeat', attempt }));
}

const settle = (service: Service, token: unknown, answer: Answer) =>
  tell(service, token, (attempt) => ({ type: 'answered', attempt, answer }));

async function tell({ engine }: Service, token: unknown, signal: (attempt: string) => Signal) {
  if (!TOKEN.test(String(token))) throw new ApiError('InvalidToken', "Invalid Token: 'Invalid token'");
  if (await engine.tellToken(String(token), signal)) return {};
  throw new ApiError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
}
