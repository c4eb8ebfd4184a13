import { randomUUID } from 'node:crypto';
import type { SqliteFile } from '../../runtime/sqlite.ts';
import type { ApiReply, HostContext } from '../host.ts';

/** The target of an event, its sender, and the rules for an undelivered one. */
export interface Target {
  readonly arn: string;
  readonly callerArn: string;
  /** ARN of the rule or schedule, for resource policies with `aws:SourceArn`. */
  readonly sourceArn: string;
  readonly deadLetterArn?: string;
  readonly mostRetries: number;
  readonly oldestSeconds: number;
}

interface Row {
  readonly id: string;
  readonly target: string;
  readonly input: string;
  readonly event: string;
  readonly attempts: number;
  readonly created_ms: number;
}

/** The table of undelivered events. */
export const DELIVERIES_SCHEMA = `
  create table if not exists deliveries (id text primary key, target text not null, input text not null, event text not null,
    attempts integer not null default 0, created_ms integer not null, due_ms integer not null);
  create index if not exists deliveries_by_due on deliveries (due_ms);`;

const LONGEST_PAUSE_MS = 600_000;
const MOST_AT_ONCE = 50;

/** Delivers at least once: a row is on disk before PutEvents returns, and leaves it after the target's reply. */
export class Deliveries {
  readonly #file: SqliteFile;
  readonly #context: HostContext;
  readonly #underWay = new Set<string>();
  #cancel: (() => void) | undefined;
  #stopped = false;

  constructor(file: SqliteFile, context: HostContext) {
    this.#file = file;
    this.#context = context;
  }

  /** Writes a delivery; the caller runs `run` once the surrounding transaction is committed. */
  add(target: Target, input: string, event: string): void {
    const now = this.#context.clock.nowMs();
    const sql = 'insert into deliveries (id, target, input, event, created_ms, due_ms) values (?, ?, ?, ?, ?, ?)';
    this.#file.run(sql, randomUUID(), JSON.stringify(target), input, event, now, now);
  }

  /** Attempts every due delivery and waits for the next. */
  run(): void {
    if (this.#stopped) return;
    const now = this.#context.clock.nowMs();
    const due = this.#file.all<Row>('select * from deliveries where due_ms <= ? order by rowid limit ?', now, MOST_AT_ONCE);
    for (const row of due) if (!this.#underWay.has(row.id)) void this.#attempt(row);
    const next = this.#file.get<{ at: number | null }>('select min(due_ms) as at from deliveries where due_ms > ?', now)?.at;
    this.#cancel?.();
    this.#cancel = next ? this.#context.clock.at(next, () => this.run()) : undefined;
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  async #attempt(row: Row): Promise<void> {
    const target: Target = JSON.parse(row.target);
    const release = this.#context.clock.hold(`delivery to ${target.arn}`);
    this.#underWay.add(row.id);
    try {
      const reply = await send(this.#context, target, row);
      if (!this.#stopped) await this.#settle(row, target, reply);
    } finally {
      this.#underWay.delete(row.id);
      release();
    }
    this.run();
  }

  async #settle(row: Row, target: Target, reply: ApiReply): Promise<void> {
    if (reply.status >= 300) {
      const reason = exhausted(row, target, reply, this.#context.clock.nowMs());
      if (!reason) return this.#postpone(row);
      await this.#giveUp(row, target, reply, reason);
    }
    if (!this.#stopped) this.#file.run('delete from deliveries where id = ?', row.id);
  }

  #postpone(row: Row): void {
    const pause = Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** row.attempts);
    this.#file.run('update deliveries set attempts = attempts + 1, due_ms = ? where id = ?', this.#context.clock.nowMs() + pause, row.id);
  }

  async #giveUp(row: Row, target: Target, reply: ApiReply, reason: string): Promise<void> {
    const { name, message } = errorIn(reply);
    this.#context.log(`${target.sourceArn}: delivery to ${target.arn} given up (${reason}): ${name}: ${message}`);
    if (!target.deadLetterArn) return;
    const text = (value: string) => ({ DataType: 'String', StringValue: value || '-' });
    const attributes = {
      RULE_ARN: text(target.sourceArn),
      TARGET_ARN: text(target.arn),
      ERROR_CODE: text(name),
      ERROR_MESSAGE: text(message),
      RETRY_ATTEMPTS: text(String(row.attempts)),
      EXHAUSTED_RETRY_CONDITION: text(reason),
    };
    const buried = await sendToQueue(this.#context, { ...target, arn: target.deadLetterArn }, row.event, attributes);
    if (buried.status >= 300) this.#context.log(`${target.deadLetterArn}: not even the dead-letter queue took it: ${buried.body}`);
  }
}

function exhausted(row: Row, target: Target, reply: ApiReply, nowMs: number): string | undefined {
  const { name } = errorIn(reply);
  if (reply.status < 500 && !/Throttl|TooManyRequests|LimitExceeded/.test(name)) return 'NonRetryable';
  if (row.attempts >= target.mostRetries) return 'MaximumRetryAttempts';
  return nowMs - row.created_ms >= target.oldestSeconds * 1000 ? 'MaximumEventAgeInSeconds' : undefined;
}

function errorIn({ body, headers }: ApiReply): { name: string; message: string } {
  const answer = String(body).startsWith('{') ? JSON.parse(String(body)) : {};
  return { name: headers?.['x-amzn-errortype'] ?? answer.__type ?? 'Unknown', message: answer.message ?? answer.Message ?? String(body) };
}

const SENDERS: Record<string, (context: HostContext, target: Target, row: Row) => Promise<ApiReply>> = {
  sqs: (context, target, row) => sendToQueue(context, target, row.input),
  lambda: ({ call }, target, { input }) =>
    call(target.callerArn, {
      service: 'lambda',
      path: `/2015-03-31/functions/${encodeURIComponent(target.arn)}/invocations`,
      headers: { ...sourceOf(target), 'x-amz-invocation-type': 'Event' },
      body: input,
    }),
  states: ({ call }, target, { id, input }) => {
    const body = JSON.stringify({ stateMachineArn: target.arn, name: id, input });
    return call(target.callerArn, { service: 'states', operation: 'StartExecution', headers: sourceOf(target), body });
  },
  events: ({ call }, target, { event }) => {
    const { source, 'detail-type': DetailType, detail, resources, time } = JSON.parse(event);
    const Entries = [
      {
        Source: source,
        DetailType,
        Detail: JSON.stringify(detail),
        Resources: resources,
        Time: Date.parse(time) / 1000,
        EventBusName: target.arn,
      },
    ];
    return call(target.callerArn, {
      service: 'events',
      operation: 'PutEvents',
      headers: sourceOf(target),
      body: JSON.stringify({ Entries }),
    });
  },
};

/** True if events can be delivered to an ARN here. */
export const isDeliverable = (arn: string): boolean => Object.hasOwn(SENDERS, arn.split(':')[2] ?? '');

function send(context: HostContext, target: Target, row: Row): Promise<ApiReply> {
  const sender = SENDERS[target.arn.split(':')[2] ?? ''];
  if (!sender) throw new Error(`Nothing delivers to ${target.arn} locally`);
  return sender(context, target, row);
}

function sendToQueue({ call, endpoint, account }: HostContext, target: Target, body: string, attributes: object = {}): Promise<ApiReply> {
  const QueueUrl = `${endpoint}/${account}/${target.arn.split(':').at(-1)}`;
  const request = JSON.stringify({ QueueUrl, MessageBody: body, MessageAttributes: attributes });
  return call(target.callerArn, { service: 'sqs', operation: 'SendMessage', headers: sourceOf(target), body: request });
}

const sourceOf = ({ sourceArn }: Target) => ({ 'x-amz-source-arn': sourceArn, 'x-amz-source-account': sourceArn.split(':')[4] ?? '' });
