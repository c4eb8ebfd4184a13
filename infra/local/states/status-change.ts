import type { Occurrence } from '../events/event.ts';
import type { Execution } from './frame.ts';

/** Writes the event that AWS puts on the default bus when an execution's status has changed. */
export function statusChange(execution: Execution): Occurrence {
  const { arn, machineArn, name, status, startMs, stopMs, input, output, error, cause, redriveCount, redriveMs } = execution;
  const redrivable = status !== 'RUNNING' && status !== 'SUCCEEDED';
  return {
    source: 'aws.states',
    'detail-type': 'Step Functions Execution Status Change',
    resources: [arn],
    detail: {
      executionArn: arn,
      stateMachineArn: machineArn,
      stateMachineVersionArn: null,
      stateMachineAliasArn: null,
      name,
      status,
      startDate: startMs,
      stopDate: stopMs ?? null,
      input,
      inputDetails: { included: true },
      output: output ?? null,
      outputDetails: output === undefined ? null : { included: true },
      error: error ?? null,
      cause: cause ?? null,
      redriveCount,
      redriveDate: redriveMs ?? null,
      redriveStatus: redrivable ? 'REDRIVABLE' : 'NOT_REDRIVABLE',
      redriveStatusReason: redrivable ? null : `Execution is ${status} and cannot be redriven`,
    },
  };
}
