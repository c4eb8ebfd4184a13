import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Callers } from '../../endpoint/callers.ts';
import { Endpoint } from '../../endpoint/endpoint.ts';
import { type ApiCall, ApiError, type Host } from '../../hosts/host.ts';
import { freshFolder } from '../assembly.ts';

const ROLE = 'arn:aws:iam::000000000000:role/worker';

describe('the endpoint', () => {
  const logged: string[] = [];
  let calls: ApiCall[];
  let reply: () => never | { status: number; body: string };
  let callers: Callers;
  let endpoint: Endpoint;
  let url: string;

  beforeEach(async () => {
    [calls, logged.length] = [[], 0];
    reply = () => ({ status: 200, body: '{}' });
    callers = new Callers(freshFolder(), '000000000000');
    endpoint = new Endpoint(callers, (line) => logged.push(line));
    const handle = async (call: ApiCall) => {
      calls.push(call);
      return reply();
    };
    endpoint.attach({ signingNames: ['states', 'lambda', 's3'], handle } as Partial<Host> as Host);
    url = await endpoint.listen(0);
  });
  afterEach(() => endpoint.close());

  const scope = (service: string, key = callers.credentialsFor(ROLE).accessKeyId) => `${key}/20260101/us-east-1/${service}/aws4_request`;
  const signed = (service: string, key?: string) => ({
    authorization: `AWS4-HMAC-SHA256 Credential=${scope(service, key)}, SignedHeaders=host, Signature=0`,
  });
  const post = (headers: Record<string, string>, path = '/', body = '{}') => fetch(url + path, { method: 'POST', headers, body });
  const json = async (answer: Response) => (await answer.json()) as Record<string, unknown>;
  const fail = (error: Error) => () => {
    throw error;
  };

  it('knows the caller by the access key: a role, and the person at the keyboard by their own', async () => {
    const own = callers.credentialsFor(callers.operatorArn).accessKeyId;
    for (const key of [undefined, 'operator', own])
      await post({ ...signed('states', key), 'x-amz-target': 'AWSStepFunctions.StopExecution' });

    expect(calls.map((call) => call.caller.arn)).toEqual([ROLE, callers.operatorArn, callers.operatorArn]);
  });

  it('refuses a key that it never handed out, as each protocol says it', async () => {
    const made = await post({ ...signed('states', 'AKIDTEST'), 'x-amz-target': 'AWSStepFunctions.StopExecution' });
    const s3 = await post(signed('s3', 'AKIDTEST'), '/bucket/key');

    expect([made.status, await json(made)]).toEqual([
      403,
      { __type: 'UnrecognizedClientException', message: 'The security token included in the request is invalid.' },
    ]);
    expect([s3.status, await s3.text()]).toEqual([403, expect.stringContaining('<Code>InvalidAccessKeyId</Code>')]);
    expect([calls, endpoint.recordedCalls]).toEqual([[], []]);
  });

  it('knows the caller of a presigned link and leaves path and query as they came', async () => {
    await fetch(`${url}/bucket/a%20b/../c?X-Amz-Credential=${encodeURIComponent(scope('s3'))}&versionId=1`.replace('/../', '/%2E%2E%2F/'));

    expect(calls[0]).toMatchObject({ signingName: 's3', method: 'GET', path: '/bucket/a%20b/%2E%2E%2F/c', caller: { arn: ROLE } });
    expect(calls[0]?.query.get('versionId')).toBe('1');
  });

  it('reads the action of the query protocol', async () => {
    await post({ ...signed('states'), 'content-type': 'application/x-www-form-urlencoded' }, '/', 'Action=GetCallerIdentity&Version=1');

    expect(calls[0]?.operation).toBe('GetCallerIdentity');
  });

  it('returns an error in the shape of its protocol', async () => {
    reply = fail(new ApiError('TaskTimedOut', 'too <late>', 400, { reason: 'slow' }));

    const jsonError = await post({ ...signed('states'), 'x-amz-target': 'AWSStepFunctions.SendTaskSuccess' });
    const rest = await post(signed('lambda'), '/2015-03-31/functions/f/invocations');
    const xml = await post(signed('s3'), '/bucket/key');

    expect([jsonError.headers.get('x-amzn-errortype'), await json(jsonError)]).toEqual([
      'TaskTimedOut',
      { __type: 'TaskTimedOut', message: 'too <late>', reason: 'slow' },
    ]);
    expect([rest.headers.get('x-amzn-errortype'), await json(rest)]).toMatchObject([
      'TaskTimedOut',
      { Type: 'User', Message: 'too <late>', reason: 'slow' },
    ]);
    expect(await xml.text()).toContain('<Code>TaskTimedOut</Code><Message>too &lt;late&gt;</Message>');
  });

  it('logs an unexpected error of a host with its stack, and returns 500', async () => {
    reply = fail(new TypeError('undefined is not a function'));

    const answer = await post({ ...signed('states'), 'x-amz-target': 'AWSStepFunctions.StartExecution' });

    expect([answer.status, (await json(answer)).__type]).toEqual([500, 'InternalFailure']);
    expect(logged.join()).toMatch(/states StartExecution: TypeError: undefined is not a function\s+at /);
  });

  it('names service and operation when nothing hosts them, and refuses what is not signed', async () => {
    const unhosted = await post({ ...signed('kinesis'), 'x-amz-target': 'Kinesis_20131202.PutRecord' });
    const unsigned = await post({ 'x-amz-target': 'AWSStepFunctions.StartExecution' });

    expect((await json(unhosted)).message).toBe('No local host for the service kinesis: PutRecord');
    expect([unsigned.status, (await json(unsigned)).__type]).toEqual([403, 'MissingAuthenticationToken']);
  });

  it('does not let a client say that it acts for a rule', async () => {
    await post({ ...signed('states'), 'x-amz-source-arn': 'arn:aws:events:us-east-1:000000000000:rule/x' });

    expect(calls[0]?.headers['x-amz-source-arn']).toBeUndefined();
  });

  it('records who called what, once', async () => {
    for (let i = 0; i < 3; i++) await post({ ...signed('states'), 'x-amz-target': 'AWSStepFunctions.StartExecution' });

    expect(endpoint.recordedCalls).toEqual([{ caller: ROLE, service: 'states', operation: 'StartExecution' }]);
  });

  it('refuses a body of more than 50 MB', async () => {
    const answer = await post(signed('lambda'), '/', 'x'.repeat(51 * 1024 * 1024));

    expect(answer.status).toBe(413);
  });
});

describe('the credentials of a role', () => {
  it('gives a role the same credentials in every run on one data folder, and others in another', () => {
    const [folder, other] = [freshFolder(), freshFolder()];
    const of = (dataDir: string) => new Callers(dataDir, '0').credentialsFor(ROLE);

    expect(of(folder)).toEqual(of(folder));
    expect(of(other).accessKeyId).not.toBe(of(folder).accessKeyId);
  });

  it('knows only the operator in the next run, until a role is created', () => {
    const folder = freshFolder();
    const before = new Callers(folder, '0');
    const [operator, role] = [before.operatorArn, ROLE].map((arn) => before.credentialsFor(arn).accessKeyId);

    const after = new Callers(folder, '0');

    expect(after.callerOf(operator as string)).toEqual({ arn: after.operatorArn });
    expect(after.callerOf(role as string)).toBeUndefined();
  });
});
