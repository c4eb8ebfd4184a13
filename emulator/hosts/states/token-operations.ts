import { ApiError } from '../host.ts';
import type { Signal } from './frame.ts';
import { checkPayload, type Service, type WireRequest } from './service.ts';

const TOKEN = /^[\w+/]{128}$/;

export function SendTaskSuccess(service: Service, { taskToken, output }: WireRequest) {
  const checked = checkPayload(output, 'output', () => new ApiError('InvalidOutput', "Invalid Output: 'Error parsing output'"));
  return tell(service, taskToken, (attempt) => ({ type: 'answered', attempt, answer: { output: checked } }));
}

export const SendTaskFailure = (service: Service, { taskToken, error, cause }: WireRequest) =>
  tell(service, taskToken, (attempt) => ({ type: 'answered', attempt, answer: { error, cause } }));

export const SendTaskHeartbeat = (service: Service, { taskToken }: WireRequest) =>
  tell(service, taskToken, (attempt) => ({ type: 'heartbeat', attempt }));

async function tell({ engine }: Service, token: unknown, signal: (attempt: string) => Signal) {
  if (!TOKEN.test(String(token))) throw new ApiError('InvalidToken', "Invalid Token: 'Invalid token'");
  if (await engine.tellToken(String(token), signal)) return {};
  throw new ApiError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
}
