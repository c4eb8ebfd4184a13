import { describe, expect, it } from 'vitest';
import { only, START, Stage } from './stage.ts';

type Services = NonNullable<ConstructorParameters<typeof Stage>[0]>['services'];

const task = (resource: string, Arguments: unknown, more: object = {}) =>
  only({ Type: 'Task', Resource: `arn:aws:states:::${resource}`, Arguments, End: true, ...more });
const called = (stage: Stage, service: string) => {
  const { request, caller } = stage.calls.find((call) => call.request.service === service) ?? {};
  return { caller, operation: request?.operation, body: JSON.parse(request?.body ?? 'null') };
};
const RUNNING = { id: 'p:1', buildStatus: 'IN_PROGRESS' };
const running = (services: Services) => new Stage({ services });

describe('tasks that call other services', () => {
  it('sends a structured message as JSON text in the name of the role', async () => {
    const stage = running({ sqs: () => ({ MessageId: 'm-1' }) });

    const { output } = await stage.run(task('sqs:sendMessage', { QueueUrl: 'q', MessageBody: { a: 1 } }));

    expect(called(stage, 'sqs')).toEqual({
      caller: 'arn:aws:iam::000000000000:role/machine',
      operation: 'SendMessage',
      body: { QueueUrl: 'q', MessageBody: '{"a":1}' },
    });
    expect(JSON.parse(output)).toMatchObject({ MessageId: 'm-1', SdkHttpMetadata: { HttpStatusCode: 200 } });
  });

  it('puts events that name the execution and the machine, and fails when one is refused', async () => {
    const stage = running({ events: ({ body }) => ({ FailedEntryCount: body?.includes('bad') ? 1 : 0, Entries: [{}] }) });
    const machine = await stage.create(
      task('events:putEvents', { Entries: [{ Source: 's', DetailType: 't', Detail: '{% $states.input %}' }] }),
    );

    const good = await stage.run(machine, { a: 1 });
    const refused = await stage.run(machine, { bad: 1 });

    expect(called(stage, 'events').body.Entries).toEqual([
      { Source: 's', DetailType: 't', Detail: '{"a":1}', Resources: [good.executionArn, machine] },
    ]);
    expect(good.status).toBe('SUCCEEDED');
    expect(refused).toMatchObject({ status: 'FAILED', error: 'EventBridge.FailedEntry' });
  });

  it('writes an item to a table', async () => {
    const stage = running({ dynamodb: () => ({}) });

    await stage.run(task('dynamodb:putItem', { TableName: 't', Item: { pk: { S: '1' } } }));

    expect(called(stage, 'dynamodb')).toMatchObject({ operation: 'PutItem', body: { TableName: 't', Item: { pk: { S: '1' } } } });
  });

  it('asks a build every two seconds until it has succeeded', async () => {
    const statuses = ['IN_PROGRESS', 'IN_PROGRESS', 'SUCCEEDED'];
    const codebuild = ({ operation = '' }) =>
      operation === 'StartBuild'
        ? { build: { id: 'p:1', buildStatus: 'IN_PROGRESS' } }
        : { builds: [{ id: 'p:1', buildStatus: statuses.shift() }] };
    const stage = running({ codebuild });

    const { output, stopDate } = await stage.run(
      task('codebuild:startBuild.sync', { ProjectName: 'p', EnvironmentVariablesOverride: [{ Name: 'A', Value: 'b' }] }),
    );

    expect(called(stage, 'codebuild').body).toMatchObject({ projectName: 'p', environmentVariablesOverride: [{ name: 'A', value: 'b' }] });
    expect(JSON.parse(output)).toEqual({ Build: { Id: 'p:1', BuildStatus: 'SUCCEEDED' } });
    expect(stopDate * 1000).toBe(START + 6000);
  });

  it('fails with the build that failed, and stops one that takes too long', async () => {
    const codebuild = ({ operation = '' }) =>
      operation === 'BatchGetBuilds' ? { builds: [{ id: 'p:1', buildStatus: slow ? 'IN_PROGRESS' : 'FAILED' }] } : { build: { id: 'p:1' } };
    let slow = false;
    const stage = running({ codebuild });
    const machine = await stage.create(task('codebuild:startBuild.sync', { ProjectName: 'p' }, { TimeoutSeconds: 60 }));

    const failed = await stage.run(machine);
    slow = true;
    const late = await stage.run(machine);

    expect(failed).toMatchObject({ error: 'States.TaskFailed', cause: '{"Build":{"Id":"p:1","BuildStatus":"FAILED"}}' });
    expect(late).toMatchObject({ error: 'States.Timeout' });
    expect(stage.calls.at(-1)?.request).toMatchObject({ operation: 'StopBuild', body: '{"id":"p:1"}' });
  });

  it('polls a build again when a reply fails to come', async () => {
    const answers = [new Error('connection reset'), { builds: [RUNNING] }, { builds: [{ id: 'p:1', buildStatus: 'SUCCEEDED' }] }];
    const codebuild = ({ operation = '' }) => {
      const answer = operation === 'BatchGetBuilds' ? answers.shift() : { build: { id: 'p:1' } };
      if (answer instanceof Error) throw answer;
      return answer;
    };

    const { status, stopDate } = await running({ codebuild }).run(task('codebuild:startBuild.sync', { ProjectName: 'p' }));

    expect({ status, seconds: stopDate - START / 1000 }).toEqual({ status: 'SUCCEEDED', seconds: 6 });
  });

  it('holds the time until the work of a failed state is stopped', async () => {
    let stoppedMs: number | undefined;
    const stop = async () => {
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      stoppedMs = stage.clock.nowMs();
    };
    const codebuild = ({ operation = '' }) => (operation === 'StopBuild' ? stop() : { build: { id: 'p:1' }, builds: [RUNNING] });
    const stage = running({ codebuild });
    await stage.start(await stage.create(task('codebuild:startBuild.sync', { ProjectName: 'p' }, { TimeoutSeconds: 61 }), 'build'));

    await stage.run(await stage.create(only({ Type: 'Wait', Seconds: 62, End: true }), 'other'));

    expect(stoppedMs).toBe(START + 61_000);
  });

  it('calls as the role that its credentials name, and says so in history', async () => {
    const stage = running({ sqs: () => ({}) });
    const RoleArn = 'arn:aws:iam::000000000000:role/other';
    const Credentials = { RoleArn: '{% $states.input.role %}' };

    const { executionArn } = await stage.run(task('sqs:sendMessage', { QueueUrl: 'q', MessageBody: 'm' }, { Credentials }), {
      role: RoleArn,
    });

    expect(called(stage, 'sqs').caller).toBe(RoleArn);
    const scheduled = (await stage.history(executionArn)).find(({ type }) => type === 'TaskScheduled');
    expect(scheduled.taskScheduledEventDetails.taskCredentials).toEqual({ roleArn: RoleArn });
  });

  it('words the failure of a call as AWS does', async () => {
    const { error, cause } = await new Stage().run(task('lambda:invoke', { FunctionName: 'none' }));

    expect(error).toBe('Lambda.ResourceNotFoundException');
    expect(cause).toMatch(
      /^Function not found: none \(Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: [\w-]+; Proxy: null\)$/,
    );
  });

  it('fails with Lambda.Unknown when a function does not say of what', async () => {
    const nameless = () => {
      throw Object.assign(new Error('Task timed out after 3.00 seconds'), { name: undefined });
    };

    const { error, cause } = await new Stage({ functions: { nameless } }).run(task('lambda:invoke', { FunctionName: 'nameless' }));

    expect(error).toBe('Lambda.Unknown');
    expect(cause).toMatch(
      /^The cause could not be determined because Lambda did not return an error type\. Returned payload: \{.*Task timed out/,
    );
  });
});

describe('child executions', () => {
  const sync = (child: string, more: object = {}) =>
    task(
      'states:startExecution.sync:2',
      { StateMachineArn: child, Name: '{% $states.context.Execution.Name & "-child" %}', Input: { n: 1 } },
      more,
    );

  it('returns the output of a child, read as JSON', async () => {
    const stage = new Stage();
    const child = await stage.create(only({ Type: 'Wait', Seconds: 60, Output: { got: '{% $states.input.n %}' }, End: true }), 'child');

    const arn = await stage.start(await stage.create(sync(child), 'parent'), {}, 'p');
    const { output, stopDate } = await stage.end(arn);

    expect(JSON.parse(output)).toMatchObject({ Name: 'p-child', Status: 'SUCCEEDED', Input: { n: 1 }, Output: { got: 1 } });
    expect(stopDate * 1000).toBe(START + 60_000);
    expect(await stage.eventTypes(arn)).toContain('TaskSubmitted');
  });

  it('fails the parent with a description of the child’s failure', async () => {
    const stage = new Stage();
    const child = await stage.create(only({ Type: 'Fail', Error: 'Broken', Cause: 'by design' }), 'child');

    const { error, cause } = await stage.run(await stage.create(sync(child), 'parent'));

    expect(error).toBe('States.TaskFailed');
    expect(JSON.parse(cause)).toMatchObject({ Status: 'FAILED', Error: 'Broken', Cause: 'by design' });
  });

  it('stops child executions with their parent', async () => {
    const stage = new Stage();
    const child = await stage.create(only({ Type: 'Wait', Seconds: 600, End: true }), 'child');
    const arn = await stage.start(await stage.create(sync(child), 'parent'), {}, 'p');
    await stage.pass(10);

    await stage.api('StopExecution', { executionArn: arn });

    expect((await stage.end(`${child.replace('stateMachine', 'execution')}:p-child`)).status).toBe('ABORTED');
  });

  it('fails the task with the error of AWS if the child’s name is taken', async () => {
    const stage = new Stage();
    const child = await stage.create(only({ Type: 'Succeed' }), 'child');
    await stage.end(await stage.start(child, {}, 'p-child'));

    const { error } = await stage.end(await stage.start(await stage.create(sync(child), 'parent'), {}, 'p'));

    expect(error).toBe('StepFunctions.ExecutionAlreadyExistsException');
  });

  it('starts a child once by a plain call, and goes on without it', async () => {
    const stage = new Stage();
    const child = await stage.create(only({ Type: 'Wait', Seconds: 600, End: true }), 'child');

    const { output, stopDate } = await stage.run(
      await stage.create(task('aws-sdk:sfn:startExecution', { StateMachineArn: child, Name: 'c' }), 'parent'),
    );

    expect(JSON.parse(output).ExecutionArn).toBe(`${child.replace('stateMachine', 'execution')}:c`);
    expect(stopDate * 1000).toBe(START);
  });
});
