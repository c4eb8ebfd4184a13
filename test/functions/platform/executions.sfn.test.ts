import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  InvalidToken,
  ListExecutionsCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { StepFunctionsExecutions, StepFunctionsTasks } from '#platform/executions.sfn';

const sfn = mockClient(SFNClient);
const arn = (name: string) => `arn:aws:states:us-east-1:1:stateMachine:${name}`;
const machines = { deployment: arn('deployment'), release: arn('release'), approval: arn('approval'), rollback: arn('rollback') };
const executions = new StepFunctionsExecutions(new SFNClient({ region: 'us-east-1' }), machines);
const tasks = new StepFunctionsTasks(new SFNClient({ region: 'us-east-1' }));
const refusal = { message: 'refused', $metadata: {} };
const execution = (name: string) => ({
  name,
  executionArn: `arn:${name}`,
  stateMachineArn: 'any',
  status: 'RUNNING' as const,
  startDate: new Date(0),
});

beforeEach(() => sfn.reset());

describe('startOrphanedRollback', () => {
  const lost = { deploymentId: 'd1', environment: 'production', reason: 'lost' };

  it('starts a rollback under a derived name, so that a second recovery starts nothing', async () => {
    sfn.on(StartExecutionCommand).resolvesOnce({}).rejects(new ExecutionAlreadyExists(refusal));

    await executions.startOrphanedRollback(lost);
    await executions.startOrphanedRollback(lost);

    expect(sfn.commandCalls(StartExecutionCommand).map(({ args }) => args[0].input)).toEqual(
      Array(2).fill({
        stateMachineArn: machines.rollback,
        name: 'd1-recover-production',
        input: '{"deploymentId":"d1","environment":"production","reason":"lost","orphaned":true}',
      }),
    );
  });

  it('throws when Step Functions refuses for another reason', async () => {
    sfn.on(StartExecutionCommand).rejects(new Error('AccessDeniedException'));

    await expect(executions.startOrphanedRollback(lost)).rejects.toThrow('AccessDeniedException');
    await expect(executions.startDeployment('d1')).rejects.toThrow('AccessDeniedException');
  });
});

describe('the execution of a deployment', () => {
  it('starts an execution under the id of its deployment, and only once', async () => {
    sfn
      .on(StartExecutionCommand)
      .resolvesOnce({})
      .rejects(new ExecutionAlreadyExists({ message: 'exists', $metadata: {} }));

    await executions.startDeployment('d1');
    await executions.startDeployment('d1');

    expect(sfn.commandCalls(StartExecutionCommand)[0]?.args[0].input).toEqual({
      stateMachineArn: machines.deployment,
      name: 'd1',
      input: '{"deploymentId":"d1"}',
    });
  });
});

describe('wake', () => {
  it('accepts an expired token, and throws when Step Functions refuses the call', async () => {
    sfn
      .on(SendTaskSuccessCommand)
      .rejectsOnce(new TaskTimedOut({ message: 'late', $metadata: {} }))
      .rejectsOnce(new InvalidToken({ message: 'old', $metadata: {} }))
      .rejects(new Error('AccessDeniedException'));

    await tasks.wake('t', {});
    await tasks.wake('t', {});
    await expect(tasks.wake('t', {})).rejects.toThrow('AccessDeniedException');
  });

  it('sends JSON to the token, and accepts that a task is gone', async () => {
    sfn.on(SendTaskSuccessCommand).resolvesOnce({}).rejects(new TaskDoesNotExist(refusal));

    await tasks.wake('t', { next: 'Proceed' });
    await tasks.wake('t', { next: 'Proceed' });

    expect(sfn.commandCalls(SendTaskSuccessCommand)[0]?.args[0].input).toEqual({ taskToken: 't', output: '{"next":"Proceed"}' });
  });
});

describe('statusOfDeployment', () => {
  it('reads the status of the execution with the deployment’s name, and is undefined without one', async () => {
    sfn
      .on(DescribeExecutionCommand)
      .resolvesOnce({ status: 'ABORTED' })
      .rejectsOnce(new ExecutionDoesNotExist(refusal))
      .rejects(new Error('ThrottlingException'));

    expect(await executions.statusOfDeployment('d1')).toBe('ABORTED');
    expect(await executions.statusOfDeployment('d1')).toBeUndefined();
    await expect(executions.statusOfDeployment('d1')).rejects.toThrow('ThrottlingException');
    expect(sfn.commandCalls(DescribeExecutionCommand)[0]?.args[0].input).toEqual({
      executionArn: 'arn:aws:states:us-east-1:1:execution:deployment:d1',
    });
  });
});

describe('stopDescendants', () => {
  it('stops children on every page, but not its own recovery', async () => {
    sfn.on(ListExecutionsCommand).resolves({ executions: [] });
    sfn
      .on(ListExecutionsCommand, { stateMachineArn: machines.rollback })
      .resolvesOnce({ executions: [execution('d1-production-0-rollback-0')], nextToken: 'more' })
      .resolves({ executions: [execution('d1-recover-production'), execution('d10-staging-0')] });
    sfn.on(StopExecutionCommand).resolves({});

    expect(await executions.stopDescendants('d1', 'lost')).toEqual(['d1-production-0-rollback-0']);
    expect(sfn.commandCalls(StopExecutionCommand)).toHaveLength(1);
  });

  it('stops the running children of each kind, on each page', async () => {
    sfn.on(ListExecutionsCommand).callsFake(({ stateMachineArn, nextToken }) => {
      const kind = stateMachineArn.split(':').at(-1);
      return nextToken ? { executions: [execution(`d1-${kind}-2`)] } : { executions: [execution(`d1-${kind}-1`)], nextToken: 'more' };
    });
    sfn.on(StopExecutionCommand).resolves({});

    const stopped = ['release', 'approval', 'rollback'].flatMap((kind) => [`d1-${kind}-1`, `d1-${kind}-2`]);
    expect(await executions.stopDescendants('d1', 'it is ABORTED')).toEqual(stopped);
    expect(sfn.commandCalls(StopExecutionCommand).map(({ args }) => args[0].input)).toEqual(
      stopped.map((name) => ({ executionArn: `arn:${name}`, error: 'ParentLost', cause: 'it is ABORTED' })),
    );
    expect(new Set(sfn.commandCalls(ListExecutionsCommand).map(({ args }) => args[0].input.statusFilter))).toEqual(new Set(['RUNNING']));
  });

  it('leaves other deployments’ executions and its own recovery in both environments running', async () => {
    const others = ['d1', 'd10-production-0', 'x-d1-production-0', 'd1-recover-staging', 'd1-recover-production'];
    sfn.on(ListExecutionsCommand).resolves({ executions: others.map(execution) });

    expect(await executions.stopDescendants('d1', 'lost')).toEqual([]);
    expect(sfn.commandCalls(StopExecutionCommand)).toHaveLength(0);
  });

  it('stops the other executions if one has ended already, and throws when AWS refuses', async () => {
    sfn.on(ListExecutionsCommand).resolves({ executions: [] });
    sfn
      .on(ListExecutionsCommand, { stateMachineArn: machines.release })
      .resolves({ executions: [execution('d1-staging-0'), execution('d1-production-0')] });
    sfn.on(StopExecutionCommand).rejectsOnce(new ExecutionDoesNotExist(refusal)).resolves({});
    await executions.stopDescendants('d1', 'lost');
    expect(sfn.commandCalls(StopExecutionCommand)).toHaveLength(2);

    sfn.on(StopExecutionCommand).rejects(new Error('AccessDeniedException'));
    await expect(executions.stopDescendants('d1', 'lost')).rejects.toThrow('AccessDeniedException');
  });
});
