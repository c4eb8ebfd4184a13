import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import * as z from 'zod';
import { DELIVERIES_SCHEMA, Deliveries, isDeliverable, type Target } from './deliveries.ts';
import { type InputShape, inputFor } from './event-input.ts';
import { matchesPattern, validatePattern } from './event-pattern.ts';
import { ApiError, type Host, type HostContext, type HostedResource, type TemplateResource } from './host.ts';
import { jsonBody, jsonReply } from './json-protocol.ts';
import { SCHEDULES_SCHEMA, Schedules } from './schedules.ts';
import { SqliteFile } from './sqlite.ts';

/** An event as rules see it. */
export interface Event {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: string[];
  readonly detail: Record<string, unknown>;
}

/** An event of AWS's own, as a hosted service tells it. */
export type AwsEvent = Pick<Event, 'source' | 'detail-type' | 'detail'> & Partial<Pick<Event, 'resources'>>;

export interface EventsHost extends Host {
  /** Puts an event of AWS's own on the default bus. */
  publish(event: AwsEvent): void;
}

interface Rule {
  readonly arn: string;
  readonly bus: string;
  readonly pattern?: Record<string, unknown>;
  readonly targets: readonly { readonly target: Target; readonly shape: InputShape }[];
}

const MOST_ENTRIES = 10;
const MOST_BYTES = 1_048_576;

const TargetProperties = z.strictObject({
  Id: z.string(),
  Arn: z.string().refine(isDeliverable, { error: (issue) => `events cannot be delivered to ${issue.input} locally` }),
  RoleArn: z.string().optional(),
  Input: z.string().optional(),
  InputPath: z.string().optional(),
  InputTransformer: z.strictObject({ InputPathsMap: z.record(z.string(), z.string()).optional(), InputTemplate: z.string() }).optional(),
  DeadLetterConfig: z.strictObject({ Arn: z.string().optional() }).optional(),
  RetryPolicy: z.strictObject({ MaximumRetryAttempts: z.number().optional(), MaximumEventAgeInSeconds: z.number().optional() }).optional(),
});

const RuleProperties = z.strictObject({
  Name: z.string().optional(),
  Description: z.string().optional(),
  EventBusName: z.string().default('default'),
  EventPattern: z.record(z.string(), z.unknown()).optional(),
  ScheduleExpression: z.string().optional(),
  State: z.enum(['ENABLED', 'DISABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS']).default('ENABLED'),
  RoleArn: z.string().optional(),
  Tags: z.unknown().optional(),
  Targets: z.array(TargetProperties).default([]),
});

/** Hosts EventBridge buses and rules, scheduled ones included. */
export function hostEvents(context: HostContext): EventsHost {
  const { clock, region, account } = context;
  const file = new SqliteFile(join(context.dataDir, 'events.sqlite'), DELIVERIES_SCHEMA + SCHEDULES_SCHEMA);
  const deliveries = new Deliveries(file, context);
  const schedules = new Schedules(file, clock, () => deliveries.run());
  const rules = new Map<string, Rule>();
  const buses = new Set(['default']);
  const arnOf = (what: string) => `arn:aws:events:${region}:${account}:${what}`;

  const deliver = (rule: Rule, event: Event) => {
    for (const { target, shape } of rule.targets) deliveries.add(target, inputFor(shape, event, rule.arn), JSON.stringify(event));
  };
  const accept = (bus: string, events: Event[]) => {
    file.transaction(() => {
      for (const event of events)
        for (const rule of rules.values())
          if (rule.bus === bus && rule.pattern && matchesPattern(rule.pattern, event)) deliver(rule, event);
    });
    deliveries.run();
  };
  const eventOf = (event: AwsEvent, atMs = clock.nowMs()): Event => ({
    version: '0',
    id: randomUUID(),
    'detail-type': event['detail-type'],
    source: event.source,
    account,
    time: `${new Date(atMs).toISOString().slice(0, 19)}Z`,
    region,
    resources: event.resources ?? [],
    detail: event.detail,
  });

  const createRule = async ({ logicalId, properties }: TemplateResource): Promise<HostedResource> => {
    const parsed = RuleProperties.safeParse(properties);
    if (!parsed.success) throw new Error(`AWS::Events::Rule ${logicalId}: ${z.prettifyError(parsed.error)}`);
    const { Name = logicalId, EventBusName, EventPattern, ScheduleExpression, State, Targets } = parsed.data;
    const bus = EventBusName.split('/').at(-1) ?? EventBusName;
    if (!buses.has(bus)) throw new Error(`AWS::Events::Rule ${logicalId}: there is no event bus ${bus}`);
    if (EventPattern) validatePattern(EventPattern);
    const arn = arnOf(`rule/${bus === 'default' ? '' : `${bus}/`}${Name}`);
    const rule = { arn, bus, pattern: EventPattern, targets: Targets.map((target) => targetOf(target, arn)) };
    if (State !== 'DISABLED') {
      rules.set(arn, rule);
      const scheduled = (atMs: number) =>
        deliver(rule, eventOf({ source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {}, resources: [arn] }, atMs));
      if (ScheduleExpression) schedules.add(arn, ScheduleExpression, undefined, scheduled);
    }
    return { ref: bus === 'default' ? Name : `${bus}|${Name}`, attributes: { Arn: arn } };
  };

  return {
    signingNames: ['events'],
    resources: {
      'AWS::Events::EventBus': async ({ logicalId, properties }) => {
        const Name = properties?.Name ?? logicalId;
        buses.add(Name);
        return { ref: Name, attributes: { Name, Arn: arnOf(`event-bus/${Name}`) } };
      },
      'AWS::Events::EventBusPolicy': async ({ logicalId }) => ({ ref: logicalId, attributes: {} }),
      'AWS::Events::Rule': createRule,
    },
    async handle(call) {
      if (call.operation !== 'PutEvents')
        throw new ApiError('UnknownOperationException', `EventBridge ${call.operation} is not supported locally`);
      const entries: PutEntry[] = jsonBody(call).Entries ?? [];
      refuseTooMuch(entries);
      const results = entries.map((entry) =>
        putEntry(entry, { buses, eventOf }, call.headers['x-amz-source-arn']?.includes(':rule/') ?? false),
      );
      const good = results.filter((result) => 'event' in result);
      for (const bus of new Set(good.map((result) => result.bus))) {
        accept(
          bus,
          good.filter((result) => result.bus === bus).map((result) => result.event),
        );
      }
      const Entries = results.map((result) => ('event' in result ? { EventId: result.event.id } : result));
      return jsonReply({ FailedEntryCount: results.length - good.length, Entries });
    },
    publish: (event) => accept('default', [eventOf(event)]),
    async start() {
      deliveries.run();
      schedules.run();
    },
    async stop() {
      schedules.stop();
      deliveries.stop();
      file.close();
    },
  };
}

function targetOf(target: z.infer<typeof TargetProperties>, ruleArn: string) {
  const { Arn, RoleArn, DeadLetterConfig, RetryPolicy, Input, InputPath, InputTransformer } = target;
  const destination: Target = {
    arn: Arn,
    callerArn: RoleArn ?? 'events.amazonaws.com',
    sourceArn: ruleArn,
    deadLetterArn: DeadLetterConfig?.Arn,
    mostRetries: RetryPolicy?.MaximumRetryAttempts ?? 185,
    oldestSeconds: RetryPolicy?.MaximumEventAgeInSeconds ?? 86_400,
  };
  return { target: destination, shape: { Input, InputPath, InputTransformer } };
}

interface PutEntry {
  readonly Source?: string;
  readonly DetailType?: string;
  readonly Detail?: string;
  readonly EventBusName?: string;
  readonly Resources?: string[];
  readonly Time?: number;
}

function refuseTooMuch(entries: PutEntry[]): void {
  const texts = entries.flatMap(({ Source = '', DetailType = '', Detail = '', Resources = [] }) => [
    Source,
    DetailType,
    Detail,
    ...Resources,
  ]);
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (entries.length < 1 || entries.length > MOST_ENTRIES)
    throw new ApiError('ValidationException', 'Entries must have between 1 and 10 members');
  if (bytes > MOST_BYTES)
    throw new ApiError('ValidationException', `Total size of the entries in the request is over the limit of ${MOST_BYTES} bytes.`);
}

type Put = { bus: string; event: Event } | { ErrorCode: string; ErrorMessage: string };

function putEntry(
  { Source, DetailType, Detail, EventBusName = 'default', Resources, Time }: PutEntry,
  { buses, eventOf }: { buses: Set<string>; eventOf: (event: AwsEvent, atMs?: number) => Event },
  forwarded: boolean,
): Put {
  const bus = EventBusName.split('/').at(-1) ?? '';
  if (!buses.has(bus)) throw new ApiError('ResourceNotFoundException', `Event bus ${EventBusName} does not exist.`);
  if (!Source)
    return { ErrorCode: 'InvalidArgument', ErrorMessage: 'Parameter Source is not valid. Reason: Source is a required argument.' };
  if (!DetailType)
    return { ErrorCode: 'InvalidArgument', ErrorMessage: 'Parameter DetailType is not valid. Reason: DetailType is a required argument.' };
  if (Source.startsWith('aws.') && !forwarded)
    return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' };
  const detail = objectIn(Detail ?? '');
  if (!detail) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
  const event = { source: Source, 'detail-type': DetailType, detail, resources: Resources };
  return { bus, event: eventOf(event, Time === undefined ? undefined : Time * 1000) };
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
