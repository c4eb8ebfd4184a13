import { ApiError } from '../host.ts';
import type { Answer } from './frame.ts';
import type { Service } from './service.ts';

const LARGEST_OUTPUT = 262_144;

interface TokenRequest {
  readonly taskToken: string;
  readonly output: string;
  readonly error?: string;
  readonly cause?: string;
}

export const tokenOperations = { SendTaskSuccess, SendTaskFailure, SendTaskHeartbeat };

async function SendTaskSuccess(service: Service, { taskToken, output }: TokenRequest) {
  return await settle(service, taskToken, { output: checkOutput(output) });
}

async function SendTaskFailure(service: Service, { taskToken, error, cause }: TokenRequest) {
  return await settle(service, taskToken, { error, cause });
}

async function SendTaskHeartbeat({ engine }: Service, { taskToken }: TokenRequest) {
  if (!(await engine.heartbeat(String(taskToken)))) throw gone();
  return {};
}

async function settle({ engine }: Service, token: string, answer: Answer) {
  if (!(await engine.answerToken(String(token), answer))) throw gone();
  return {};
}

const gone = () => new ApiError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");

function checkOutput(output: string): string {
  if (Buffer.byteLength(String(output)) > LARGEST_OUTPUT)
    throw new ApiError(
      'ValidationException',
      `1 validation error detected: Value at 'output' failed to satisfy constraint: Member must have length less than or equal to ${LARGEST_OUTPUT}`,
    );
  try {
    JSON.parse(output);
    return output;
  } catch {
    throw new ApiError('InvalidOutput', `Invalid Output: 'Error parsing output'`);
  }
}
