import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../clock/clock.ts';
import { DELIVERIES_SCHEMA, Deliveries, type Target } from '../../../hosts/events/deliveries.ts';
import type { ApiReply, HostContext } from '../../../hosts/host.ts';
import { SqliteFile } from '../../../runtime/sqlite.ts';
import { freshFolder } from '../../assembly.ts';

type Request = Parameters<HostContext['call']>[1] & { readonly caller: string; readonly atMs: number };

const failure: ApiReply = { status: 500, headers: { 'x-amzn-errortype': 'ServiceException' }, body: '{"message":"down"}' };
const success: ApiReply = { status: 202, body: '' };

function world(replies: ApiReply[], file = join(freshFolder(), 'd.sqlite')) {
  const clock = new VirtualClock(0);
  const requests: Request[] = [];
  const call: HostContext['call'] = async (caller, request) => {
    requests.push({ ...request, caller, atMs: clock.nowMs() });
    return replies.shift() ?? success;
  };
  const context = { clock, call, account: '1', region: 'r', endpoint: 'http://e', log: () => undefined } as unknown as HostContext;
  const deliveries = new Deliveries(new SqliteFile(file, DELIVERIES_SCHEMA), context);
  const settle = () => clock.runUntil(new Promise<void>((resolve) => clock.at(100_000_000, resolve)));
  return { deliveries, requests, settle, file };
}

const to = (arn: string, more: Partial<Target> = {}): Target => ({
  arn,
  callerArn: 'arn:aws:iam::1:role/rule',
  sourceArn: 'arn:aws:events:r:1:rule/x',
  mostRetries: 185,
  oldestSeconds: 86_400,
  ...more,
});
const FUNCTION = 'arn:aws:lambda:r:1:function:f:live';

describe('a delivery', () => {
  it('invokes a function, starts a machine under a name that a retry repeats, and says for which rule', async () => {
    const { deliveries, requests, settle } = world([success, failure]);
    deliveries.add(to(FUNCTION), '{"n":1}', '{}');
    deliveries.add(to('arn:aws:states:r:1:stateMachine:m'), '{"n":2}', '{}');

    deliveries.run();
    await settle();

    const [invoke, ...starts] = requests;
    expect(invoke).toMatchObject({
      service: 'lambda',
      path: `/2015-03-31/functions/${encodeURIComponent(FUNCTION)}/invocations`,
      body: '{"n":1}',
    });
    expect(invoke?.headers).toMatchObject({ 'x-amz-invocation-type': 'Event', 'x-amz-source-arn': 'arn:aws:events:r:1:rule/x' });
    expect(starts.map((start) => start.operation)).toEqual(['StartExecution', 'StartExecution']);
    expect(starts[0]?.body).toBe(starts[1]?.body);
    expect(JSON.parse(starts[0]?.body ?? '')).toMatchObject({ stateMachineArn: 'arn:aws:states:r:1:stateMachine:m', input: '{"n":2}' });
  });

  it('tries a delivery again with growing pauses until the target succeeds', async () => {
    const { deliveries, requests, settle } = world([failure, failure, failure, success]);
    deliveries.add(to(FUNCTION), '{}', '{}');

    deliveries.run();
    await settle();

    expect(requests.map((request) => request.atMs)).toEqual([0, 1000, 3000, 7000]);
  });

  it.each([
    ['MaximumRetryAttempts', { mostRetries: 2 }, 3],
    ['MaximumEventAgeInSeconds', { oldestSeconds: 60 }, 7],
  ])('ends in the dead-letter queue by %s', async (reason, policy, attempts) => {
    const { deliveries, requests, settle } = world(Array.from({ length: attempts }, () => failure));
    deliveries.add(to(FUNCTION, { ...policy, deadLetterArn: 'arn:aws:sqs:r:1:dead' }), '{}', '{"the":"event"}');

    deliveries.run();
    await settle();

    const burial = JSON.parse(requests.at(-1)?.body ?? '');
    expect(requests).toHaveLength(attempts + 1);
    expect(burial).toMatchObject({ QueueUrl: 'http://e/1/dead', MessageBody: '{"the":"event"}' });
    expect(burial.MessageAttributes.EXHAUSTED_RETRY_CONDITION.StringValue).toBe(reason);
  });

  it('makes the first attempt in the next process if the last one died before it', async () => {
    const { deliveries, file } = world([]);
    deliveries.add(to(FUNCTION), '{"n":1}', '{}');

    const next = world([], file);
    next.deliveries.run();
    await next.settle();
    next.deliveries.run();

    expect(next.requests.map((request) => request.body)).toEqual(['{"n":1}']);
  });
});
