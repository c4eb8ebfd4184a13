import type { Occurrence } from '../events/event.ts';
import type { Execution } from './frame.ts';

/** Writes the event that AWS puts on the default bus when an execution's status has changed. */
export function statusChange(execution: Execution): Occurrence {
  const { arn, machineArn, name, status, startMs, stopMs = null, input, redriveCount, redriveMs = null } = execution;
  const { output = null, error = null, cause = null } = execution;
  const redrivable = status !== 'RUNNING' && status !== 'SUCCEEDED';
  const reason = redrivable ? null : `Execution is ${status} and cannot be redriven`;
  const included = { included: true };
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
      stopDate: stopMs,
      input,
      inputDetails: included,
      output,
      outputDetails: output === null ? null : included,
      error,
      cause,
      redriveCount,
      redriveDate: redriveMs,
      redriveStatus: redrivable ? 'REDRIVABLE' : 'NOT_REDRIVABLE',
      redriveStatusReason: reason,
    },
  };
}
