import { join } from 'node:path';
import { jsonBody, jsonReply } from '../../endpoint/json-protocol.ts';
import { SqliteFile } from '../../runtime/sqlite.ts';
import { type ApiCall, ApiError, type ApiReply, type Host, type HostContext, type HostedResource, type TemplateResource } from '../host.ts';
import { DELIVERIES_SCHEMA, Deliveries } from './deliveries.ts';
import { type Event, eventOf, type Occurrence } from './event.ts';
import { matchesPattern } from './event-pattern.ts';
import { inputFor } from './input.ts';
import { type PutEntry, putEntry, refuseTooMuch } from './put-events.ts';
import { type Rule, ruleOf } from './rule.ts';
import { SCHEDULES_SCHEMA, Schedules } from './schedules.ts';

/** An event that a hosted service publishes. */
export type { Occurrence as AwsEvent } from './event.ts';

export interface EventsHost extends Host {
  /** Puts an event of AWS's own on the default bus. */
  publish(occurrence: Occurrence): void;
}

/** Hosts EventBridge buses and rules, scheduled ones included. */
export function hostEvents(context: HostContext): EventsHost {
  const bridge = new Bridge(context);
  return {
    signingNames: ['events'],
    resources: {
      'AWS::Events::EventBus': async (resource) => bridge.createBus(resource),
      'AWS::Events::EventBusPolicy': async ({ logicalId }) => ({ ref: logicalId, attributes: {} }),
      'AWS::Events::Rule': async (resource) => bridge.createRule(resource),
    },
    handle: async (call) => bridge.putEvents(call),
    publish: (occurrence) => bridge.accept([{ bus: 'default', event: eventOf(context, occurrence) }]),
    start: async () => bridge.start(),
    stop: async () => bridge.stop(),
  };
}

class Bridge {
  readonly #context: HostContext;
  readonly #file: SqliteFile;
  readonly #deliveries: Deliveries;
  readonly #schedules: Schedules;
  readonly #rules = new Map<string, Rule>();
  readonly #buses = new Set(['default']);

  constructor(context: HostContext) {
    this.#context = context;
    this.#file = new SqliteFile(join(context.dataDir, 'events.sqlite'), DELIVERIES_SCHEMA + SCHEDULES_SCHEMA);
    this.#deliveries = new Deliveries(this.#file, context);
    this.#schedules = new Schedules(this.#file, context.clock, () => this.#deliveries.run());
  }

  createBus({ logicalId, properties }: TemplateResource): HostedResource {
    const Name = properties?.Name ?? logicalId;
    this.#buses.add(Name);
    return { ref: Name, attributes: { Name, Arn: this.#arnOf(`event-bus/${Name}`) } };
  }

  createRule(resource: TemplateResource): HostedResource {
    const rule = ruleOf(resource, (what) => this.#arnOf(what));
    if (!this.#buses.has(rule.bus)) throw new Error(`there is no event bus ${rule.bus}`);
    if (rule.enabled) this.#rules.set(rule.arn, rule);
    if (rule.enabled && rule.schedule) this.#schedules.add(rule.arn, rule.schedule, undefined, (atMs) => this.#fire(rule, atMs));
    return { ref: rule.bus === 'default' ? rule.name : `${rule.bus}|${rule.name}`, attributes: { Arn: rule.arn } };
  }

  putEvents(call: ApiCall): ApiReply {
    if (call.operation !== 'PutEvents')
      throw new ApiError('UnknownOperationException', `EventBridge ${call.operation} is not supported locally`);
    const entries: PutEntry[] = jsonBody(call).Entries ?? [];
    refuseTooMuch(entries);
    const forwarded = call.headers['x-amz-source-arn']?.includes(':rule/') ?? false;
    const results = entries.map((entry) => putEntry(this.#context, this.#buses, entry, forwarded));
    const accepted = results.filter((result) => 'event' in result);
    this.accept(accepted);
    const Entries = results.map((result) => ('event' in result ? { EventId: result.event.id } : result));
    return jsonReply({ FailedEntryCount: results.length - accepted.length, Entries });
  }

  /** Commits the deliveries of all these events together, then begins to deliver. */
  accept(events: { bus: string; event: Event }[]): void {
    this.#file.transaction(() => {
      for (const { bus, event } of events) for (const rule of this.#rulesFor(bus, event)) this.#tell(rule, event);
    });
    this.#deliveries.run();
  }

  start(): void {
    this.#deliveries.run();
    this.#schedules.run();
  }

  stop(): void {
    this.#schedules.stop();
    this.#deliveries.stop();
    this.#file.close();
  }

  #rulesFor(bus: string, event: Event): Rule[] {
    return [...this.#rules.values()].filter((rule) => rule.bus === bus && rule.pattern && matchesPattern(rule.pattern, event));
  }

  #fire(rule: Rule, atMs: number): void {
    const occurrence = { source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {}, resources: [rule.arn] };
    this.#tell(rule, eventOf(this.#context, occurrence, atMs));
  }

  #tell({ arn, targets }: Rule, event: Event): void {
    for (const { target, shape } of targets) this.#deliveries.add(target, inputFor(shape, event, arn), JSON.stringify(event));
  }

  #arnOf(what: string): string {
    return `arn:aws:events:${this.#context.region}:${this.#context.account}:${what}`;
  }
}
