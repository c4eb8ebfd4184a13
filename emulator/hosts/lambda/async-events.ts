import { randomUUID } from 'node:crypto';
import { ApiError, type HostContext } from '../host.ts';
import type { Background } from './background.ts';
import type { Invoker } from './invoker.ts';
import { parseName } from './names.ts';
import type { FunctionStore, StoredEvent } from './store.ts';
import type { Versions } from './versions.ts';

const RETRY_AFTER_MS = [60_000, 120_000];

export interface AsyncEventsParts {
  readonly store: FunctionStore;
  readonly versions: Versions;
  readonly invoker: Invoker;
  readonly background: Background;
}

/**
 * Asynchronous invocations: on disk before they are accepted, tried three times, then sent to the dead-letter queue.
 */
export class AsyncEvents {
  readonly #context: HostContext;
  readonly #parts: AsyncEventsParts;
  readonly #timers = new Map<string, () => void>();
  #stopped = false;

  constructor(context: HostContext, parts: AsyncEventsParts) {
    this.#context = context;
    this.#parts = parts;
  }

  /** Accepts an event; answers its request id. */
  accept(arn: string, payload: string): string {
    const event = { id: randomUUID(), arn, payload, attempts: 0, due_ms: this.#context.clock.nowMs() };
    this.#parts.store.putEvent(event);
    this.#schedule(event);
    return event.id;
  }

  resume(): void {
    for (const event of this.#parts.store.events()) this.#schedule(event);
  }

  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#timers.values()) cancel();
  }

  #schedule(event: StoredEvent): void {
    const attempt = () => this.#parts.background.start(`event for ${event.arn}`, () => this.#attempt(event));
    if (event.due_ms <= this.#context.clock.nowMs()) attempt();
    else this.#timers.set(event.id, this.#context.clock.at(event.due_ms, attempt));
  }

  async #attempt(event: StoredEvent): Promise<void> {
    this.#timers.delete(event.id);
    const failure = await this.#failureOf(event);
    if (!this.#stopped) await this.#settle(event, failure);
  }

  /** A function that refuses to run (throttled, deleted meanwhile) counts as failed. */
  async #failureOf({ id, arn, payload }: StoredEvent): Promise<string | undefined> {
    try {
      const outcome = await this.#parts.invoker.run(arn, payload, id);
      return outcome.failed ? outcome.payload : undefined;
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown;
      return JSON.stringify({ errorType: thrown.name, errorMessage: thrown.message });
    }
  }

  async #settle(event: StoredEvent, failure: string | undefined): Promise<void> {
    const pause = RETRY_AFTER_MS[event.attempts];
    if (failure && pause) {
      const due_ms = this.#context.clock.nowMs() + pause;
      this.#parts.store.postponeEvent(event.id, due_ms);
      return this.#schedule({ ...event, attempts: event.attempts + 1, due_ms });
    }
    if (failure) await this.#bury(event, failure);
    this.#parts.store.deleteEvent(event.id);
  }

  async #bury({ id, arn, payload }: StoredEvent, failure: string): Promise<void> {
    const context = this.#context;
    const { name, qualifier } = parseName(arn);
    const { DeadLetterArn, Role } = this.#parts.versions.find(name, qualifier).configuration;
    context.log(`${arn}: event ${id} given up after ${RETRY_AFTER_MS.length + 1} attempts: ${failure.slice(0, 300)}`);
    if (!DeadLetterArn) return;
    const QueueUrl = `${context.endpoint}/${context.account}/${DeadLetterArn.split(':').at(-1)}`;
    const text = (value: string) => ({ DataType: 'String', StringValue: value.slice(0, 1024) });
    const MessageAttributes = { RequestID: text(id), ErrorCode: text('200'), ErrorMessage: text(JSON.parse(failure).errorMessage || '-') };
    const body = JSON.stringify({ QueueUrl, MessageBody: payload, MessageAttributes });
    const buried = await context.call(Role, { service: 'sqs', operation: 'SendMessage', body });
    if (buried.status >= 300) context.log(`${DeadLetterArn}: the dead-letter queue did not take it: ${buried.body}`);
  }
}
