import * as z from 'zod';
import { physicalName } from '../../stack/physical-name.ts';
import { propertiesOf } from '../../stack/properties.ts';
import type { TemplateResource } from '../host.ts';
import { isDeliverable, type Target } from './deliveries.ts';
import { validatePattern } from './event-pattern.ts';
import type { InputShape } from './input.ts';

/** A rule of a bus: the events it takes or the times it fires, and its targets. */
export interface Rule {
  readonly name: string;
  readonly arn: string;
  readonly bus: string;
  readonly enabled: boolean;
  readonly pattern?: Record<string, unknown>;
  readonly schedule?: string;
  readonly targets: readonly { readonly target: Target; readonly shape: InputShape }[];
}

/** How often and how long a delivery is tried, as rules and schedules both declare it. */
export const RetryPolicy = z.strictObject({ MaximumRetryAttempts: z.number().optional(), MaximumEventAgeInSeconds: z.number().optional() });
export const DeadLetterConfig = z.strictObject({ Arn: z.string().optional() });
export const DeliverableArn = z.string().refine(isDeliverable, { error: (issue) => `nothing is delivered to ${issue.input} locally` });

const TargetProperties = z.strictObject({
  Id: z.string(),
  Arn: DeliverableArn,
  RoleArn: z.string().optional(),
  Input: z.string().optional(),
  InputPath: z.string().optional(),
  InputTransformer: z.strictObject({ InputPathsMap: z.record(z.string(), z.string()).optional(), InputTemplate: z.string() }).optional(),
  DeadLetterConfig: DeadLetterConfig.optional(),
  RetryPolicy: RetryPolicy.optional(),
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

/** Reads a rule of the template. An unknown property is an error that names it. */
export function ruleOf({ logicalId, properties }: TemplateResource, arnOf: (what: string) => string): Rule {
  const {
    Name: name = physicalName(logicalId, 64),
    EventBusName,
    EventPattern,
    ScheduleExpression,
    State,
    Targets,
  } = propertiesOf(RuleProperties, properties);
  const bus = EventBusName.split('/').at(-1) ?? EventBusName;
  if (EventPattern) validatePattern(EventPattern);
  const arn = arnOf(`rule/${bus === 'default' ? '' : `${bus}/`}${name}`);
  const targets = Targets.map((target) => targetOf(target, arn));
  return { name, arn, bus, enabled: State !== 'DISABLED', pattern: EventPattern, schedule: ScheduleExpression, targets };
}

function targetOf(
  { Arn, RoleArn, Input, InputPath, InputTransformer, ...undelivered }: z.infer<typeof TargetProperties>,
  sourceArn: string,
) {
  const target = { arn: Arn, callerArn: RoleArn ?? 'events.amazonaws.com', sourceArn, ...patience(undelivered) };
  return { target, shape: { Input, InputPath, InputTransformer } };
}

/** Reads the rules for an undelivered event. The defaults are EventBridge's. */
export function patience(declared: { DeadLetterConfig?: z.infer<typeof DeadLetterConfig>; RetryPolicy?: z.infer<typeof RetryPolicy> }) {
  return {
    deadLetterArn: declared.DeadLetterConfig?.Arn,
    mostRetries: declared.RetryPolicy?.MaximumRetryAttempts ?? 185,
    oldestSeconds: declared.RetryPolicy?.MaximumEventAgeInSeconds ?? 86_400,
  };
}
