import { AsyncLocalStorage } from 'node:async_hooks';
import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { GenerateMacCommand, KMSClient, VerifyMacCommand } from '@aws-sdk/client-kms';
import { DescribeExecutionCommand, SendTaskSuccessCommand, SFNClient, TaskTimedOut } from '@aws-sdk/client-sfn';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';

// biome-ignore lint/suspicious/noExplicitAny: the inputs of a dozen SDK commands
export type Input = Record<string, any>;

/** One call of the SDK: one atomic step of its program. */
export interface Call {
  readonly operation: 'Get' | 'Put' | 'Transact' | 'Query' | 'Wake' | 'Describe' | 'Sign' | 'Verify' | 'Send';
  readonly input: Input;
}

export type Reply = { readonly value: unknown } | { readonly refused: keyof typeof refusals; readonly reasons?: readonly string[] };

const detail = { message: 'refused', $metadata: {} };
const refusals = {
  Canceled: (reasons: readonly string[]) =>
    new TransactionCanceledException({ ...detail, CancellationReasons: reasons.map((Code) => ({ Code })) }),
  Condition: () => new ConditionalCheckFailedException(detail),
  TimedOut: () => new TaskTimedOut(detail),
} as const;

type Replier = (call: Call) => Promise<Reply>;
const whoAsks = new AsyncLocalStorage<Replier>();

async function answered(operation: Call['operation'], input: Input): Promise<unknown> {
  const answer = whoAsks.getStore();
  if (!answer) throw new Error(`${operation} was called outside of as()`);
  const reply = await answer({ operation, input });
  if ('refused' in reply) throw refusals[reply.refused](reply.reasons ?? []);
  return structuredClone(reply.value);
}

/** Replaces AWS behind every SDK client. The replier of `as` replies instead. */
export function interceptCalls(): void {
  const db = mockClient(DynamoDBDocumentClient);
  db.on(GetCommand).callsFake((input) => answered('Get', input));
  db.on(PutCommand).callsFake((input) => answered('Put', input));
  db.on(TransactWriteCommand).callsFake((input) => answered('Transact', input));
  db.on(QueryCommand).callsFake((input) => answered('Query', input));
  const sfn = mockClient(SFNClient);
  sfn.on(SendTaskSuccessCommand).callsFake((input) => answered('Wake', input));
  sfn.on(DescribeExecutionCommand).callsFake((input) => answered('Describe', input));
  const kms = mockClient(KMSClient);
  kms.on(GenerateMacCommand).callsFake((input) => answered('Sign', input));
  kms.on(VerifyMacCommand).callsFake((input) => answered('Verify', input));
  mockClient(SQSClient)
    .on(SendMessageCommand)
    .callsFake((input) => answered('Send', input));
}

export const as = <Result>(answer: Replier, run: () => Promise<Result>): Promise<Result> => whoAsks.run(answer, run);

/** The progress of a program with its replies so far: its next call, or its end. */
export type Progress = { readonly call: Call } | { readonly result: unknown } | { readonly threw: string };

/** Runs a program from its start with canned replies up to the first call that has none. */
export function replay(run: () => Promise<unknown>, replies: readonly Reply[]): Promise<Progress> {
  let calls = 0;
  return new Promise((resolve) => {
    const answer: Replier = (call) => {
      const reply = replies[calls++];
      if (reply) return Promise.resolve(reply);
      resolve({ call });
      return new Promise(() => undefined);
    };
    as(answer, run).then(
      (result) => resolve({ result }),
      (error) => resolve({ threw: error instanceof Error ? `${error.name}: ${error.message}` : String(error) }),
    );
  });
}
