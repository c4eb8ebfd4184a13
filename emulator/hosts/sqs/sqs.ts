import { join } from 'node:path';
import { jsonBody, jsonReply } from '../../endpoint/json-protocol.ts';
import { ApiError, type Host, type HostContext } from '../host.ts';
import { Messages } from './messages.ts';
import { OPERATIONS, type Queues } from './operations.ts';
import { queueOf } from './queue-properties.ts';

/** The host of queues. `wake` gets the ARN of a queue whenever a message in it may have become visible. */
export function hostSqs(context: HostContext, { wake }: { wake: (queueArn: string) => void }): Host {
  const queues = openQueues(context, wake);
  return {
    signingNames: ['sqs'],
    resources: {
      'AWS::SQS::Queue': async ({ logicalId, properties }) => {
        const { name, attributes } = queueOf(logicalId, properties);
        queues.messages.putQueue(name, attributes);
        return { ref: queues.urlOf(name), attributes: { Arn: queues.arnOf(name), QueueName: name, QueueUrl: queues.urlOf(name) } };
      },
    },
    async handle(call) {
      const operation = OPERATIONS[call.operation];
      if (!operation) throw new ApiError('UnsupportedOperation', `SQS ${call.operation} is not supported locally`);
      return jsonReply(await operation(queues, jsonBody(call), call.caller.arn));
    },
    start: async () => queues.messages.queueNames().forEach(queues.announce),
    stop: async () => queues.close(),
  };
}

function openQueues(context: HostContext, wake: (queueArn: string) => void): Queues & { close(): void } {
  const { clock, region, account } = context;
  const messages = new Messages(join(context.dataDir, 'queues.sqlite'), clock);
  const timers = new Map<string, () => void>();
  const waiters = new Map<string, Set<() => void>>();
  const arnOf = (name: string) => `arn:aws:sqs:${region}:${account}:${name}`;
  let closed = false;

  const arm = (queue: string) => {
    timers.get(queue)?.();
    const next = closed ? undefined : messages.nextVisibleMs(queue);
    if (next !== undefined)
      timers.set(
        queue,
        clock.at(next, () => announce(queue)),
      );
  };
  const announce = (queue: string) => {
    arm(queue);
    if (closed || messages.counts(queue).visible === 0) return;
    for (const waiter of waiters.get(queue) ?? []) waiter();
    wake(arnOf(queue));
  };

  const waitForMessage = (queue: string, seconds: number) =>
    new Promise<void>((resolve) => {
      const waiting = waiters.get(queue) ?? new Set();
      waiters.set(queue, waiting);
      const finish = () => {
        waiting.delete(finish);
        cancel();
        resolve();
      };
      const cancel = clock.at(clock.nowMs() + seconds * 1000, finish);
      waiting.add(finish);
    });

  const close = () => {
    closed = true;
    for (const cancel of timers.values()) cancel();
    messages.close();
  };
  return { context, messages, arnOf, urlOf: (name) => `${context.endpoint}/${account}/${name}`, arm, announce, waitForMessage, close };
}
