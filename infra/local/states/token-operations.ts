import { ApiError } from '../host.ts';
import type { Answer } from './frame.ts';
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

async function SendTaskHeartbeat({ engine }: Service, { taskToken }: WireRequest) {
  if (!(await engine.heartbeat(checkToken(taskToken)))) throw gone();
  return {};
}

async function settle({ engine }: Service, token: unknown, answer: Answer) {
  if (!(await engine.answerToken(checkToken(token), answer))) throw gone();
  return {};
}

function checkToken(token: unknown): string {
  if (TOKEN.test(String(token))) return String(token);
  throw new ApiError('InvalidToken', "Invalid Token: 'Invalid token'");
}

const gone = () => new ApiError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
