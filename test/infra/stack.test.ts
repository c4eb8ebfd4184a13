import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CfnEventBusPolicy } from 'aws-cdk-lib/aws-events';
import { describe, expect, it } from 'vitest';
import { retryableErrors } from '#contract';
import { variables } from '#platform/env';
import { openApp, stackIn } from '../../infra/app.ts';
import { bundle } from '../../infra/bundles.ts';
import { fileOf, functionNames, rows } from '../../infra/permissions.ts';
import { definition as definitionOf, machineNames } from '../../statemachine/definitions.ts';
import { assembly, constructId, ofType as ofTypeIn, type Properties, type Resource, shown, statementsOf, templateIn } from './template.ts';

interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[] }[];
  readonly Catch?: readonly object[];
  readonly TimeoutSeconds?: unknown;
}

const resources: Record<string, Resource> = templateIn(assembly());
const ofType = (type: string) => ofTypeIn(resources, type);
const machines = machineNames.map((name) => ({
  name,
  definition: JSON.parse(definitionOf(name)) as { QueryLanguage: string; States: Record<string, State> },
}));
const tasks = machines.flatMap(({ name, definition }) =>
  Object.entries(definition.States).flatMap(([state, task]) => (task.Type === 'Task' ? [{ place: `${name}/${state}`, ...task }] : [])),
);
const inline = ofType('AWS::IAM::Role').flatMap(([, { Policies = [] }]) => Policies);
const allowed = [...ofType('AWS::IAM::Policy').map(([, policy]) => policy), ...inline].flatMap(({ PolicyDocument }) =>
  statementsOf(PolicyDocument),
);
const tableOf = (construct: string) =>
  ofType('AWS::DynamoDB::GlobalTable').find(([id]) => id.startsWith(construct)) as [string, Properties];

describe('the machines', () => {
  it('use JSONata and no JSONPath', () => {
    for (const { definition } of machines) {
      expect(definition.QueryLanguage).toBe('JSONata');
      expect(JSON.stringify(definition)).not.toMatch(/"(?:ResultPath|InputPath|OutputPath|Parameters|ResultSelector|\w+\.\$)"/);
    }
  });

  it('give each task a time-out and one retry with full jitter', () => {
    for (const { place, TimeoutSeconds, Retry } of tasks) {
      expect(TimeoutSeconds, place).toBeDefined();
      expect(Retry, place).toEqual([expect.objectContaining({ JitterStrategy: 'FULL' })]);
    }
  });

  it('retry the transient errors that AWS documents, and those of Sluice', () => {
    const invocations = tasks.filter(({ Resource }) => Resource?.includes('lambda:invoke'));
    const passing = [
      'ServiceException',
      'AWSLambdaException',
      'SdkClientException',
      'ClientExecutionTimeoutException',
      'TooManyRequestsException',
    ];

    for (const { place, Retry } of invocations)
      expect(Retry?.[0]?.ErrorEquals, place).toEqual([
        ...passing.map((name) => `Lambda.${name}`),
        ...['Lambda.Unknown', 'Sandbox.Timedout', 'Runtime.ExitError'],
        ...retryableErrors,
      ]);
    expect(invocations.length).toBeGreaterThan(15);
  });

  it('catch each failure of a task, except where a failure must fail the execution', () => {
    const uncaught = tasks.filter(({ Catch }) => !Catch).map(({ place }) => place);

    expect(uncaught).toEqual(['deployment/RecordOutcome', 'approval/SettleApproval', 'rollback/FinishRollback', 'rollback/RecordOutcome']);
  });

  it('have no Fail state, because business outcomes end in Succeed', () => {
    expect(machines.flatMap(({ definition }) => Object.values(definition.States)).filter(({ Type }) => Type === 'Fail')).toEqual([]);
  });
});

describe('the functions', () => {
  it('have one file, one row and one resource each', () => {
    const files = readdirSync(new URL('../../functions/handlers', import.meta.url)).filter((name) => name.endsWith('.ts'));
    const made = ofType('AWS::Lambda::Function').map(([id]) => constructId(id));

    expect(files.sort()).toEqual(functionNames.map((name) => `${fileOf(name)}.ts`).sort());
    expect(made.sort()).toEqual([...functionNames].sort());
  });

  it.each(functionNames)('%s gets exactly the variables that its bundle reads', (name) => {
    const text = readFileSync(join(assembly(), 'bundles', name, 'index.mjs'), 'utf8');
    // Each bundle contains the whole schema, with the names as keys. A name in quotes is a variable that it reads.
    const read = Object.keys(variables).filter((variable) => new RegExp(`["'\`]${variable}["'\`]`).test(text));
    const [, { Environment }] = ofType('AWS::Lambda::Function').find(([id]) => constructId(id) === name) as [string, Properties];

    expect([...rows[name].variables].sort()).toEqual(read.sort());
    expect(Object.keys(Environment.Variables).sort()).toEqual(read.sort());
  });

  it('have their own role and log group, and no managed policy', () => {
    const made = ofType('AWS::Lambda::Function').map(([, properties]) => properties);
    const managed = ofType('AWS::IAM::Role').flatMap(([, { ManagedPolicyArns = [] }]) => ManagedPolicyArns);

    expect(new Set(made.map(({ Role }) => shown(Role))).size).toBe(functionNames.length);
    expect(new Set(made.map(({ LoggingConfig }) => shown(LoggingConfig.LogGroup))).size).toBe(functionNames.length);
    expect(managed).toEqual([]);
  });

  it('run on the Node version and the processor of their bundles', () => {
    for (const [id, { Runtime, Architectures }] of ofType('AWS::Lambda::Function'))
      expect({ Runtime, Architectures }, id).toEqual({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
  });

  it('fail to build with an error that names a missing file', async () => {
    await expect(bundle({ Missing: 'functions/missing.ts' }, join(assembly(), 'nowhere'))).rejects.toThrow(/functions\/missing\.ts/);
  });
});

describe('the tables', () => {
  it('deny updates and deletes of audit rows, also in the policy of the table', () => {
    const [, { Replicas }] = tableOf('AuditTable');
    const denied = statementsOf(Replicas[0].ResourcePolicy.PolicyDocument);
    const writes = ['UpdateItem', 'DeleteItem', 'BatchWriteItem', 'PartiQLInsert', 'PartiQLUpdate', 'PartiQLDelete'];

    expect(denied).toEqual([expect.objectContaining({ Effect: 'Deny', Principal: { AWS: '*' }, Resource: '*' })]);
    expect(denied[0]?.actions.toSorted()).toEqual(writes.map((action) => `dynamodb:${action}`).sort());
    expect(denied[0]?.Condition).toBeUndefined();
    expect(
      allowed.flatMap(({ actions }) => actions).filter((action) => /^dynamodb:(?:Update|Delete|Batch|PartiQL|Scan|.*\*)/.test(action)),
    ).toEqual([]);
  });

  it('accept audit rows only inside a transaction', () => {
    const [auditId] = tableOf('AuditTable');
    const puts = allowed.filter(({ actions, resources: on }) => actions.includes('dynamodb:PutItem') && on.includes(`${auditId}.Arn`));

    expect(puts.length).toBeGreaterThan(10);
    for (const { Condition } of puts)
      expect(Condition).toEqual({ StringEquals: { 'dynamodb:EnclosingOperation': ['TransactWriteItems'] } });
  });

  it('stay when the stack is deleted, with point-in-time recovery', () => {
    for (const [id, { Replicas, BillingMode }] of ofType('AWS::DynamoDB::GlobalTable')) {
      expect(BillingMode, id).toBe('PAY_PER_REQUEST');
      expect(resources[id], id).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
      expect(Replicas, id).toEqual([
        expect.objectContaining({
          DeletionProtectionEnabled: true,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        }),
      ]);
    }
  });
});

describe('the queues', () => {
  it('hide a message for six time-outs of its consumer, and give up after 5 receives, or 14 in Messages', () => {
    const consumed = ofType('AWS::Lambda::EventSourceMapping').filter(([, { EventSourceArn }]) => /Queue/.test(shown(EventSourceArn)));

    expect(consumed).toHaveLength(3);
    for (const [id, { EventSourceArn, FunctionName, FunctionResponseTypes }] of consumed) {
      const queue = resources[shown(EventSourceArn).replace('.Arn', '')]?.Properties;
      expect(queue.VisibilityTimeout, id).toBe(6 * resources[shown(FunctionName)]?.Properties.Timeout);
      expect(queue.RedrivePolicy.maxReceiveCount, id).toBe(id.startsWith('Notify') ? 14 : 5);
      expect(FunctionResponseTypes, id).toEqual(['ReportBatchItemFailures']);
    }
  });

  it('let only the rule of the bus send to its queue', () => {
    const policies = ofType('AWS::SQS::QueuePolicy').filter(([id]) => id.startsWith('BusIssuesQueue'));
    const letIn = policies.flatMap(([, { PolicyDocument }]) => statementsOf(PolicyDocument).filter(({ Effect }) => Effect === 'Allow'));

    expect(letIn).toEqual([
      expect.objectContaining({
        Principal: { Service: 'events.amazonaws.com' },
        Condition: expect.objectContaining({ ArnEquals: expect.anything() }),
      }),
    ]);
  });

  it('page when a message is in a dead-letter queue', () => {
    const alarms = ofType('AWS::CloudWatch::Alarm').map(([, properties]) => properties);
    const deadLetters = ofType('AWS::SQS::Queue').filter(([, { RedrivePolicy }]) => !RedrivePolicy);
    const [[topic]] = ofType('AWS::SNS::Topic') as [[string, Properties]];

    for (const [id] of deadLetters)
      expect(
        alarms.filter(({ Dimensions }) => JSON.stringify(Dimensions ?? '').includes(id)),
        id,
      ).toHaveLength(1);
    for (const { AlarmActions } of alarms) expect(AlarmActions.map(shown)).toEqual([topic]);
  });

  it('page through a topic that lets CloudWatch publish', () => {
    const policies = ofType('AWS::SNS::TopicPolicy').flatMap(([, { PolicyDocument }]) => statementsOf(PolicyDocument));

    expect(policies.filter(({ Effect }) => Effect === 'Allow')).toEqual([
      expect.objectContaining({
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        actions: ['sns:Publish'],
        Condition: { ArnLike: { 'aws:SourceArn': expect.anything() }, StringEquals: { 'aws:SourceAccount': expect.anything() } },
      }),
    ]);
  });
});

describe('the app', () => {
  const stackWith = (context: Record<string, unknown>) => {
    const app = openApp(assembly());
    for (const [key, value] of Object.entries(context)) app.node.setContext(key, value);
    return stackIn(app, (name) => join(assembly(), 'bundles', name));
  };

  it('reads the context of cdk.json also without the CDK CLI', () => {
    const written = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8')).context;

    for (const [key, value] of Object.entries(written)) expect(openApp(assembly()).node.tryGetContext(key), key).toEqual(value);
  });

  it('grants releases to the functions that the command line names', () => {
    expect(stackWith({ targets: 'shop-staging,shop-production' }).acknowledged.targets).toEqual(['shop-staging', 'shop-production']);
  });

  it('refuses a target that cannot be the name of a function', () => {
    expect(() => stackWith({ targets: '*' })).toThrow(/targets/);
  });

  it('restricts each source to the producer that the command line names', () => {
    const kept = (context: object) =>
      stackWith({ ...context })
        .node.findAll()
        .filter((made) => made instanceof CfnEventBusPolicy);
    const producers = JSON.stringify({ 'ci.shop': 'arn:aws:iam::111122223333:role/ci', scanner: 'arn:aws:iam::111122223333:user/scanner' });

    expect(kept({ producers }).map(({ statement }) => statement.Condition['ForAnyValue:StringEquals']['events:source'])).toEqual([
      'ci.shop',
      'scanner',
    ]);
    expect(kept({})).toEqual([]);
  });

  it.each([
    ['a session of a role, which no condition matches', { 'ci.shop': 'arn:aws:sts::111122223333:assumed-role/ci/build' }],
    ['a pattern of all roles', { 'ci.shop': 'arn:aws:iam::111122223333:role/*' }],
    ['a source of AWS’s own', { 'aws.codebuild': 'arn:aws:iam::111122223333:role/ci' }],
  ])('refuses as a producer %s', (_, producers) => {
    expect(() => stackWith({ producers })).toThrow(/producers/);
  });
});

describe('the stack', () => {
  it('keeps an event that Recover or the weekly report failed to handle', () => {
    const asynchronous = ofType('AWS::Lambda::Function').filter(([, { DeadLetterConfig }]) => DeadLetterConfig);
    const invokedByRules = ofType('AWS::Events::Rule').flatMap(([, { Targets }]) => Targets.map(({ Arn }: Properties) => shown(Arn)));

    expect(asynchronous.map(([id]) => constructId(id)).sort()).toEqual(['Recover', 'WeeklyReport']);
    for (const [id] of asynchronous) expect(invokedByRules).toContain(`${id}.Arn`);
    for (const [, { Targets }] of ofType('AWS::Events::Rule'))
      expect(Targets).toEqual([expect.objectContaining({ DeadLetterConfig: expect.anything() })]);
  });

  it('has no custom resource', () => {
    expect(Object.values(resources).filter(({ Type }) => /^Custom::|CustomResource/.test(Type))).toEqual([]);
  });

  it('locks each archived row for a year', () => {
    const locked = ofType('AWS::S3::Bucket').filter(([, { ObjectLockConfiguration }]) => ObjectLockConfiguration);

    expect(locked.map(([id, { ObjectLockConfiguration }]) => [constructId(id), ObjectLockConfiguration.Rule.DefaultRetention])).toEqual([
      ['BucketsArchive', { Mode: 'GOVERNANCE', Days: 365 }],
    ]);
  });

  it('keeps all buckets private and all versions of their objects', () => {
    for (const [id, { PublicAccessBlockConfiguration, VersioningConfiguration }] of ofType('AWS::S3::Bucket')) {
      expect(Object.values(PublicAccessBlockConfiguration), id).toEqual([true, true, true, true]);
      expect(VersioningConfiguration, id).toEqual({ Status: 'Enabled' });
    }
  });
});
