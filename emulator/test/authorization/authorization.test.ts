import { describe, expect, it } from 'vitest';
import { Authorization } from '../../authorization/authorization.ts';
import type { Observed } from '../../authorization/creation.ts';
import { type ApiCall, ApiError } from '../../hosts/host.ts';
import { keep, Policies, type Statement } from '../../hosts/iam/statements.ts';

const OPERATOR = 'arn:aws:iam::000000000000:user/operator';
const ROLE = 'arn:aws:iam::000000000000:role/Worker';
const TABLE = 'arn:aws:dynamodb:us-east-1:000000000000:table/audit';
const allow = (Action: string | string[], Resource: string | string[] = '*', more: Partial<Statement> = {}): Statement => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
});

function authorization(statements: Statement[], guards: Record<string, Statement[]> = {}): Authorization {
  const policies = new Policies();
  keep(policies.identity, ROLE, statements);
  keep(policies.trust, ROLE, [allow('sts:AssumeRole', [], { Principal: '*', Resource: undefined })]);
  for (const [arn, guarding] of Object.entries(guards)) keep(policies.resource, arn, guarding);
  return new Authorization(policies, { region: 'us-east-1', account: '000000000000', mailIdentities: new Set() }, OPERATOR);
}

function call(signingName: string, operation: string, body: object, more: Partial<ApiCall> = {}): ApiCall {
  const plain = { method: 'POST', path: '/', query: new URLSearchParams(), headers: {}, caller: { arn: ROLE } };
  return { ...plain, signingName, operation, body: Buffer.from(JSON.stringify(body)), ...more };
}

function refusalOf(checked: Authorization, asked: ApiCall): ApiError | undefined {
  try {
    checked.check(asked);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof ApiError) return thrown;
    throw thrown;
  }
}

const put = call('dynamodb', 'PutItem', { TableName: 'audit' });
const transaction = call('dynamodb', 'TransactWriteItems', {
  TransactItems: [{ Put: { TableName: 'audit' } }, { Update: { TableName: 'deployments' } }],
});

describe('a call that no statement allows', () => {
  it('refuses a call in the words of AWS and keeps the missing statement', () => {
    const checked = authorization([allow('dynamodb:GetItem', TABLE)]);

    const refused = refusalOf(checked, put);

    const message = `User: arn:aws:sts::000000000000:assumed-role/Worker/local is not authorized to perform: dynamodb:PutItem on resource: ${TABLE} because no identity-based policy allows the dynamodb:PutItem action`;
    expect(refused).toMatchObject({ name: 'AccessDeniedException', status: 400, message });
    expect(checked.denied).toEqual([
      expect.objectContaining({ message, missing: { Effect: 'Allow', Action: 'dynamodb:PutItem', Resource: TABLE } }),
    ]);
  });

  it('refuses a call with the error and the status of its protocol', () => {
    const none = authorization([]);
    const invoke = call('lambda', '', {}, { path: '/2015-03-31/functions/work/invocations' });
    const get = call('s3', '', {}, { method: 'GET', path: '/bucket/key' });

    expect(refusalOf(none, invoke)).toMatchObject({ name: 'AccessDeniedException', status: 403 });
    expect(refusalOf(none, get)).toMatchObject({ name: 'AccessDenied', status: 403 });
  });

  it('reports a call as denied when a statement denies it, even if others allow it', () => {
    const own = authorization([allow('*'), { ...allow('dynamodb:PutItem'), Effect: 'Deny' }]);
    const theirs = authorization([allow('*')], { [TABLE]: [{ ...allow('dynamodb:PutItem', TABLE, { Principal: '*' }), Effect: 'Deny' }] });

    expect(refusalOf(own, put)?.message).toMatch(/with an explicit deny in an identity-based policy$/);
    expect(refusalOf(theirs, put)?.message).toMatch(/with an explicit deny in a resource-based policy$/);
  });

  it('lets every call of the operator through', () => {
    expect(refusalOf(authorization([]), { ...put, caller: { arn: OPERATOR } })).toBeUndefined();
  });

  it('refuses a call by name when its rights are not known', () => {
    expect(refusalOf(authorization([allow('*')]), call('dynamodb', 'ExecuteStatement', {}))).toMatchObject({
      name: 'UnknownOperationException',
      message: expect.stringContaining('dynamodb ExecuteStatement'),
    });
  });
});

describe('the needs of a call', () => {
  const deployments = TABLE.replace('audit', 'deployments');

  it('needs a right for each item of a transaction, with the enclosing operation', () => {
    const enclosed = { StringEquals: { 'dynamodb:EnclosingOperation': ['TransactWriteItems'] } };
    const checked = authorization([allow('dynamodb:PutItem', TABLE, { Condition: enclosed }), allow('dynamodb:UpdateItem', deployments)]);

    expect(refusalOf(checked, transaction)).toBeUndefined();
    expect(refusalOf(checked, put)?.message).toContain('dynamodb:PutItem');
    expect(refusalOf(authorization([allow('dynamodb:PutItem', TABLE)]), transaction)?.message).toContain(deployments);
  });

  it('needs the right to read the new code of a function', () => {
    const update = call(
      'lambda',
      '',
      { S3Bucket: 'b', S3Key: 'k', S3ObjectVersion: 'v' },
      { method: 'PUT', path: '/2015-03-31/functions/work/code' },
    );
    const own = ['lambda:UpdateFunctionCode', 's3:GetObject'];

    expect(refusalOf(authorization([allow(own)]), update)?.message).toContain('s3:GetObjectVersion on resource: arn:aws:s3:::b/k');
    expect(refusalOf(authorization([allow([...own, 's3:GetObjectVersion'])]), update)).toBeUndefined();
  });

  it('needs the right on the invoked version or alias', () => {
    const invoke = call('lambda', '', {}, { path: '/2015-03-31/functions/work/invocations', query: new URLSearchParams('Qualifier=live') });
    const arn = 'arn:aws:lambda:us-east-1:000000000000:function:work';

    expect(refusalOf(authorization([allow('lambda:InvokeFunction', arn)]), invoke)?.message).toContain(`${arn}:live`);
    expect(refusalOf(authorization([allow('lambda:InvokeFunction', `${arn}:*`)]), invoke)).toBeUndefined();
  });

  it('matches ARNs part by part: a star reaches over no colon', () => {
    const elsewhere = TABLE.replace('us-east-1', 'eu-west-1');

    expect(refusalOf(authorization([allow('dynamodb:PutItem', 'arn:aws:dynamodb:*:table/audit')]), put)).toBeDefined();
    expect(refusalOf(authorization([allow('dynamodb:PutItem', elsewhere)]), put)).toBeDefined();
    expect(refusalOf(authorization([allow('dynamodb:Put*', 'arn:aws:dynamodb:*:*:table/*')]), put)).toBeUndefined();
  });
});

describe('a statement that is not evaluated here', () => {
  it.each([
    [{ NotAction: 'dynamodb:*', Action: undefined }, 'NotAction'],
    [{ Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } }, 'IpAddress'],
    [{ Condition: { StringEquals: { 'aws:RequestTag/owner': 'me' } } }, 'aws:RequestTag/owner'],
    [{ Resource: `arn:aws:s3:::b/\${aws:username}/*` }, 'policy variables'],
  ])('refuses a statement by name at the start: %j', (more, named) => {
    const statement = JSON.parse(JSON.stringify({ ...allow('*'), ...more })) as Statement;

    expect(() => authorization([statement])).toThrow(named);
  });
});

describe('the rights that a service needs for itself', () => {
  const created = (type: string, properties: object, ref = 'it'): Observed => ({
    resource: { logicalId: 'It', type, properties },
    hosted: { ref, attributes: { Arn: ref } },
  });
  const synchronous = '"Resource":"arn:aws:states:::states:startExecution.sync:2"';
  const queue = 'arn:aws:sqs:us-east-1:000000000000:q';
  const worker = created('AWS::Lambda::Function', { Role: ROLE }, 'work');

  it.each([
    [
      'the rule of a .sync task',
      [created('AWS::StepFunctions::StateMachine', { RoleArn: ROLE, DefinitionString: synchronous })],
      'managed-rule',
      'events:PutRule',
    ],
    [
      'the delivery of its log',
      [created('AWS::StepFunctions::StateMachine', { RoleArn: ROLE, LoggingConfiguration: { Level: 'ALL', Destinations: [{}] } })],
      'not authorized to access the Log Destination',
      'logs:CreateLogDelivery',
    ],
    [
      'the poller of a queue',
      [worker, created('AWS::Lambda::EventSourceMapping', { FunctionName: 'work', EventSourceArn: queue })],
      'permissions to call ReceiveMessage on SQS',
      'sqs:ReceiveMessage',
    ],
    [
      'the poller of a stream',
      [worker, created('AWS::Lambda::EventSourceMapping', { FunctionName: 'work', EventSourceArn: `${TABLE}/stream/1` })],
      'Cannot access stream',
      'dynamodb:GetRecords',
    ],
    [
      'the dead letters of a function',
      [created('AWS::Lambda::Function', { Role: ROLE, DeadLetterConfig: { TargetArn: queue } })],
      'SendMessage on SQS',
      'sqs:SendMessage',
    ],
    [
      'the source of a build',
      [created('AWS::CodeBuild::Project', { ServiceRole: ROLE, Source: { Type: 'S3', Location: 'b/k' } })],
      'DOWNLOAD_SOURCE',
      's3:GetObject',
    ],
  ])('checks the rights of a resource when it is created: %s', (_, observed, said, action) => {
    const create = (statements: Statement[]) => () => authorization(statements).checkCreation(observed);

    expect(create([])).toThrow(said);
    expect(create([])).toThrow(action);
    expect(create([allow('*')])).not.toThrow();
  });
});
