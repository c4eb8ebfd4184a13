import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock/clock.ts';
import { SqliteFile } from '../../runtime/sqlite.ts';
import { type MessageAttributes, md5, md5OfAttributes } from './digest.ts';

export interface Message {
  readonly seq: number;
  readonly id: string;
  readonly queue: string;
  readonly body: string;
  readonly attributes: string;
  readonly sender: string;
  readonly sent_ms: number;
  readonly visible_ms: number;
  readonly received: number;
  readonly first_ms: number | null;
  readonly receipt: string | null;
  /** For a message in a dead-letter queue: the name of the queue that gave it up. */
  readonly origin: string | null;
}

export interface NewMessage {
  readonly body: string;
  readonly attributes: MessageAttributes;
  readonly delaySeconds: number;
  readonly sender: string;
}

const SCHEMA = `
  create table if not exists queues (name text primary key, attributes text not null, created_ms integer not null);
  create table if not exists messages (
    seq integer primary key autoincrement, id text not null, queue text not null, body text not null, attributes text not null,
    sender text not null, sent_ms integer not null, visible_ms integer not null, received integer not null default 0, first_ms integer,
    receipt text unique, origin text);
  create index if not exists messages_by_visibility on messages (queue, visible_ms, seq);
`;

const MOST_GIVEN_UP_AT_ONCE = 100;

/**
 * Queues and messages on disk, in clock time. A message's visibility is one comparison, and a move to the DLQ one
 * commit.
 */
export class Messages {
  readonly #file: SqliteFile;
  readonly #clock: Clock;

  constructor(path: string, clock: Clock) {
    this.#file = new SqliteFile(path, SCHEMA);
    this.#clock = clock;
  }

  close(): void {
    this.#file.close();
  }

  putQueue(name: string, attributes: Record<string, string>): void {
    const values = [name, JSON.stringify(attributes), this.#clock.nowMs()];
    this.#file.run('insert into queues values (?, ?, ?) on conflict (name) do update set attributes = excluded.attributes', ...values);
  }

  queueAttributes(name: string): Record<string, string> | undefined {
    const row = this.#file.get<{ attributes: string; created_ms: number }>('select * from queues where name = ?', name);
    return row && { ...JSON.parse(row.attributes), CreatedTimestamp: String(Math.floor(row.created_ms / 1000)) };
  }

  queueNames(): string[] {
    return this.#file.all<{ name: string }>('select name from queues order by name').map((row) => row.name);
  }

  send(queue: string, message: NewMessage) {
    const id = randomUUID();
    const now = this.#clock.nowMs();
    const values = [id, queue, message.body, JSON.stringify(message.attributes), message.sender, now, now + message.delaySeconds * 1000];
    this.#file.run(
      'insert into messages (id, queue, body, attributes, sender, sent_ms, visible_ms) values (?, ?, ?, ?, ?, ?, ?)',
      ...values,
    );
    return { MessageId: id, MD5OfMessageBody: md5(message.body), MD5OfMessageAttributes: md5OfAttributes(message.attributes) };
  }

  /** Takes visible messages into flight; one that was received too often goes to the dead-letter queue instead. */
  receive(
    queue: string,
    most: number,
    visibilitySeconds: number,
    redrive?: { to: string; after: number },
  ): { taken: Message[]; givenUp: number } {
    return this.#file.transaction(() => {
      this.#expire(queue);
      const taken: Message[] = [];
      let givenUp = 0;
      for (const message of this.#visible(queue, most + MOST_GIVEN_UP_AT_ONCE)) {
        if (redrive && message.received >= redrive.after) givenUp += this.#giveUp(message, redrive.to);
        else if (taken.push(this.#take(message, visibilitySeconds)) === most) break;
      }
      return { taken, givenUp };
    });
  }

  delete(receipt: string): void {
    this.#file.run('delete from messages where receipt = ?', receipt);
  }

  /** Returns false if the message is no longer in flight. */
  changeVisibility(receipt: string, seconds: number): boolean {
    const now = this.#clock.nowMs();
    return (
      this.#file.run('update messages set visible_ms = ? where receipt = ? and visible_ms > ?', now + seconds * 1000, receipt, now) > 0
    );
  }

  purge(queue: string): void {
    this.#file.run('delete from messages where queue = ?', queue);
  }

  /**
   * Moves the visible messages of a dead-letter queue to their source or to another queue. Returns how many per queue.
   */
  redrive(from: string, to?: string): Map<string, number> {
    return this.#file.transaction(() => {
      const moved = new Map<string, number>();
      for (const message of this.#visible(from, Number.MAX_SAFE_INTEGER)) {
        const target = to ?? message.origin;
        if (!target) continue;
        const values = [target, randomUUID(), this.#clock.nowMs(), message.seq];
        this.#file.run(
          'update messages set queue = ?, id = ?, sent_ms = ?, received = 0, first_ms = null, receipt = null, origin = null where seq = ?',
          ...values,
        );
        moved.set(target, (moved.get(target) ?? 0) + 1);
      }
      return moved;
    });
  }

  counts(queue: string): { visible: number; inFlight: number; delayed: number } {
    const sql = `select count(*) filter (where visible_ms <= ?1) as visible, count(*) filter (where visible_ms > ?1 and receipt is not null) as inFlight,
      count(*) filter (where visible_ms > ?1 and receipt is null) as delayed from messages where queue = ?2`;
    return this.#file.get(sql, this.#clock.nowMs(), queue) ?? { visible: 0, inFlight: 0, delayed: 0 };
  }

  /** When the next hidden message of the queue becomes visible, in epoch milliseconds. */
  nextVisibleMs(queue: string): number | undefined {
    const sql = 'select min(visible_ms) as at from messages where queue = ? and visible_ms > ?';
    return this.#file.get<{ at: number | null }>(sql, queue, this.#clock.nowMs())?.at ?? undefined;
  }

  #visible(queue: string, most: number): Message[] {
    const sql = 'select * from messages where queue = ? and visible_ms <= ? order by visible_ms, seq limit ?';
    return this.#file.all(sql, queue, this.#clock.nowMs(), most);
  }

  #take(message: Message, visibilitySeconds: number): Message {
    const now = this.#clock.nowMs();
    const taken = { received: message.received + 1, first_ms: message.first_ms ?? now, receipt: randomUUID() };
    const values = [now + visibilitySeconds * 1000, taken.received, taken.first_ms, taken.receipt, message.seq];
    this.#file.run('update messages set visible_ms = ?, received = ?, first_ms = ?, receipt = ? where seq = ?', ...values);
    return { ...message, ...taken };
  }

  #giveUp(message: Message, deadLetterQueue: string): number {
    const sql = 'update messages set queue = ?, origin = ?, receipt = null, visible_ms = ? where seq = ?';
    return this.#file.run(sql, deadLetterQueue, message.queue, this.#clock.nowMs(), message.seq);
  }

  #expire(queue: string): void {
    const seconds = Number(this.queueAttributes(queue)?.MessageRetentionPeriod ?? 345_600);
    this.#file.run('delete from messages where queue = ? and sent_ms < ?', queue, this.#clock.nowMs() - seconds * 1000);
  }
}
