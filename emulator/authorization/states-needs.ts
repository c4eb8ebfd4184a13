import { jsonBody } from '../endpoint/json-protocol.ts';
import type { ApiCall } from '../hosts/host.ts';
import { type Needs, need } from './need.ts';

const on =
  (action: string, field: 'stateMachineArn' | 'executionArn'): Needs =>
  (call) => [need(`states:${action}`, String(jsonBody(call)[field]))];

const onAny =
  (action: string): Needs =>
  () => [need(`states:${action}`, '*')];

/** A `.sync` task also reads the execution that it starts until it has ended. */
const start: Needs = (call) => {
  const { name = '*', ...body } = jsonBody(call);
  const stateMachineArn = String(body.stateMachineArn);
  const execution = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
  return [need('states:StartExecution', stateMachineArn), ...(isSync(call) ? [need('states:DescribeExecution', execution)] : [])];
};

const isSync = ({ headers }: ApiCall) => headers['x-amz-source-pattern']?.startsWith('sync') ?? false;

/** The rights that each API of Step Functions needs. Calls with a task token name no resource. */
export const statesNeeds: Readonly<Record<string, Needs>> = {
  StartExecution: start,
  ListExecutions: on('ListExecutions', 'stateMachineArn'),
  DescribeStateMachine: on('DescribeStateMachine', 'stateMachineArn'),
  DescribeExecution: on('DescribeExecution', 'executionArn'),
  StopExecution: on('StopExecution', 'executionArn'),
  RedriveExecution: on('RedriveExecution', 'executionArn'),
  GetExecutionHistory: on('GetExecutionHistory', 'executionArn'),
  DescribeStateMachineForExecution: on('DescribeStateMachineForExecution', 'executionArn'),
  SendTaskSuccess: onAny('SendTaskSuccess'),
  SendTaskFailure: onAny('SendTaskFailure'),
  SendTaskHeartbeat: onAny('SendTaskHeartbeat'),
};
