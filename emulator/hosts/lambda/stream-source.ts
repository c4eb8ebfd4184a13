import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type BatchResult, runBatch } from './batch.ts';
import type { Mapping } from './mapping.ts';
import type { LambdaService } from './service.ts';

interface StreamRecord {
  readonly userIdentity?: { readonly PrincipalId: string; readonly Type: string };
  readonly dynamodb: { readonly SequenceNumber: string; readonly ApproximateCreationDateTime: number };
}

/** Records that go to the function together, and the place in the stream that is reached once they are dealt with. */
interface Batch {
  readonly records: StreamRecord[];
  readonly through: string;
  readonly attempts: number;
}

const LONGEST_PAUSE_MS = 60_000;
const AT_ITERATOR = 'iterator:';

/** Gives a stream's records to a function in order. Its position is on disk. */
export class StreamSource {
  readonly #service: LambdaService;
  readonly #mapping: Mapping;
  #shardId = '';
  #reading = false;
  #again = false;
  #stopped = false;
  /** The failed records. They are tried again before the next ones are read. */
  #retries: Batch[] = [];
  #pausedUntilMs = 0;
  #cancelPause = () => {};

  constructor(service: LambdaService, mapping: Mapping) {
    this.#service = service;
    this.#mapping = mapping;
  }

  /** Looks for records now; called whenever there may be some, so that nothing has to ask again and again. */
  wake(): void {
    this.#again = true;
    if (this.#reading || this.#stopped) return;
    this.#reading = true;
    this.#service.background.start(`stream ${this.#mapping.sourceArn}`, () => this.#read());
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelPause();
  }

  // Waits for the next turn of the event loop, so that the writes of one request share a batch.
  async #read(): Promise<void> {
    await nextTurn();
    while (!this.#stopped && this.#service.context.clock.nowMs() >= this.#pausedUntilMs) {
      this.#again = false;
      const batch = this.#retries.shift() ?? (await this.#next());
      if (batch) await this.#process(batch);
      else if (!this.#again) break;
    }
    this.#reading = false;
  }

  async #process(batch: Batch): Promise<void> {
    const { records, through } = batch;
    const result: BatchResult = records.length > 0 ? await this.#run(records) : { failed: 'none' };
    if (this.#stopped) return;
    if (result.failed === 'none') return this.#passed(through);
    const first = result.failed === 'some' ? records.findIndex((record) => result.items.has(sequenceOf(record))) : 0;
    const done = records[first - 1];
    if (done) this.#passed(sequenceOf(done));
    await this.#failed({ records: records.slice(first), through, attempts: done ? 0 : batch.attempts }, result.failed === 'all');
  }

  /** A split is no retry of its batch. A batch that made progress counts its retries from zero. */
  async #failed(left: Batch, whole: boolean): Promise<void> {
    const splits = this.#mapping.bisects && whole && left.records.length > 1;
    if (!splits && left.attempts >= this.#mapping.mostRetries) return this.#discard(left);
    this.#retries.unshift(...(splits ? halves(left) : [{ ...left, attempts: left.attempts + 1 }]));
    this.#pause(left.attempts);
  }

  #pause(attempts: number): void {
    const { clock } = this.#service.context;
    this.#pausedUntilMs = clock.nowMs() + Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** attempts);
    this.#cancelPause = clock.at(this.#pausedUntilMs, () => this.wake());
  }

  #run(records: StreamRecord[]): Promise<BatchResult> {
    const { functionName, sourceArn, reportsItems } = this.#mapping;
    const events = records.map((record) => eventRecord(record, sourceArn));
    return runBatch(this.#service, functionName, events, records.map(sequenceOf), reportsItems);
  }

  #passed(sequence: string): void {
    if (!this.#stopped) this.#service.store.putCheckpoint(this.#mapping.id, sequence);
  }

  async #discard({ records, through, attempts }: Batch): Promise<void> {
    const { context } = this.#service;
    const { id, failureDestination } = this.#mapping;
    context.log(`${id}: ${records.length} records given up after ${attempts + 1} attempts`);
    if (failureDestination) {
      const QueueUrl = `${context.endpoint}/${context.account}/${failureDestination.split(':').at(-1)}`;
      await this.#call('sqs', 'SendMessage', { QueueUrl, MessageBody: JSON.stringify(this.#failure(records, attempts + 1)) });
    }
    this.#passed(through);
  }

  /** The records themselves are not in it, only where to find them, as on AWS. */
  #failure(records: StreamRecord[], invocations: number): object {
    const [first, last] = [records[0], records.at(-1)] as [StreamRecord, StreamRecord];
    const arrival = ({ dynamodb }: StreamRecord) => new Date(dynamodb.ApproximateCreationDateTime * 1000).toISOString();
    return {
      requestContext: {
        requestId: randomUUID(),
        functionArn: this.#mapping.functionName,
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: invocations,
      },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      version: '1.0',
      timestamp: new Date(this.#service.context.clock.nowMs()).toISOString(),
      DDBStreamBatchInfo: {
        shardId: this.#shardId,
        startSequenceNumber: sequenceOf(first),
        endSequenceNumber: sequenceOf(last),
        approximateArrivalOfFirstRecord: arrival(first),
        approximateArrivalOfLastRecord: arrival(last),
        batchSize: records.length,
        streamArn: this.#mapping.sourceArn,
      },
    };
  }

  async #next(): Promise<Batch | undefined> {
    const ShardIterator = await this.#iterator();
    if (!ShardIterator) return undefined;
    const answer = await this.#call('dynamodb', 'GetRecords', { ShardIterator, Limit: Math.min(1000, this.#mapping.batchSize) });
    const found = (answer.Records as StreamRecord[] | undefined) ?? [];
    const last = found.at(-1);
    const records = found.filter((record) => this.#mapping.wants(eventRecord(record, this.#mapping.sourceArn)));
    return last && { records, through: sequenceOf(last), attempts: 0 };
  }

  /** The very first place is kept too, or a restart before the first record would forget where LATEST was. */
  async #iterator(): Promise<string | undefined> {
    const { id, sourceArn, startingPosition } = this.#mapping;
    const { store } = this.#service;
    const checkpoint = store.checkpoint(id);
    if (checkpoint?.startsWith(AT_ITERATOR)) return checkpoint.slice(AT_ITERATOR.length);
    this.#shardId ||= await this.#shard();
    const place = checkpoint
      ? { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: checkpoint }
      : { ShardIteratorType: startingPosition };
    const answer = await this.#call('dynamodb', 'GetShardIterator', { StreamArn: sourceArn, ShardId: this.#shardId, ...place });
    const iterator = answer.ShardIterator as string | undefined;
    if (iterator && !checkpoint && !this.#stopped) store.putCheckpoint(id, AT_ITERATOR + iterator);
    return iterator;
  }

  async #shard(): Promise<string> {
    const answer = await this.#call('dynamodb', 'DescribeStream', { StreamArn: this.#mapping.sourceArn });
    const { Shards = [] } = (answer.StreamDescription ?? {}) as { Shards?: { ShardId: string }[] };
    return Shards[0]?.ShardId ?? '';
  }

  async #call(service: string, operation: string, request: object): Promise<Record<string, unknown>> {
    const { context, versions } = this.#service;
    const role = versions.roleOf(this.#mapping.functionName);
    const reply = await context.call(role, { service, operation, body: JSON.stringify(request) });
    if (reply.status === 200) return JSON.parse(String(reply.body));
    context.log(`${this.#mapping.id}: ${operation}: ${reply.body}`);
    return {};
  }
}

function halves({ records, through, attempts }: Batch): Batch[] {
  const middle = Math.ceil(records.length / 2);
  const first = records.slice(0, middle);
  const second = records.slice(middle);
  return [
    { records: first, through: sequenceOf(first.at(-1) as StreamRecord), attempts },
    { records: second, through, attempts },
  ];
}

const sequenceOf = ({ dynamodb }: StreamRecord) => dynamodb.SequenceNumber;

/** Lambda writes the keys of `userIdentity` in lower case, the streams API does not. */
function eventRecord({ userIdentity, ...record }: StreamRecord, eventSourceARN: string): object {
  const identity = userIdentity && { userIdentity: { principalId: userIdentity.PrincipalId, type: userIdentity.Type } };
  return { ...record, ...identity, eventSourceARN };
}
