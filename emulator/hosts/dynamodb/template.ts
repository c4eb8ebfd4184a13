import * as z from 'zod';
import type { TemplateResource } from '../host.ts';
import { definitionOf } from './table-operations.ts';
import type { TableDefinition } from './tables.ts';
import type { Request } from './wire.ts';

const ignored = z.unknown().optional();
const contributorInsights = { ContributorInsightsSpecification: ignored };
const recovery = z.strictObject({ PointInTimeRecoveryEnabled: z.boolean().optional(), RecoveryPeriodInDays: z.int().optional() });
const policy = z.strictObject({ PolicyDocument: z.record(z.string(), z.unknown()) });
const tagList = z.array(z.strictObject({ Key: z.string(), Value: z.string() }));

const settings = {
  DeletionProtectionEnabled: z.boolean().optional(),
  PointInTimeRecoverySpecification: recovery.optional(),
  ResourcePolicy: policy.optional(),
  Tags: tagList.optional(),
  TableClass: ignored,
};

const index = z.strictObject({
  IndexName: z.string(),
  KeySchema: z.array(z.unknown()),
  Projection: z.strictObject({ ProjectionType: z.string().optional(), NonKeyAttributes: z.array(z.string()).optional() }),
});

const common = {
  TableName: z.string().optional(),
  AttributeDefinitions: ignored,
  KeySchema: ignored,
  LocalSecondaryIndexes: z.array(index).optional(),
  StreamSpecification: z.strictObject({ StreamViewType: z.string() }).optional(),
  TimeToLiveSpecification: z.strictObject({ AttributeName: z.string().optional(), Enabled: z.boolean() }).optional(),
  SSESpecification: ignored,
};

const table = z.strictObject({
  ...common,
  ...settings,
  ...contributorInsights,
  BillingMode: z.enum(['PAY_PER_REQUEST', 'PROVISIONED']).optional(),
  ProvisionedThroughput: ignored,
  GlobalSecondaryIndexes: z.array(index.extend({ ProvisionedThroughput: ignored })).optional(),
});

const replica = z.strictObject({
  ...settings,
  ...contributorInsights,
  Region: z.string(),
  SSESpecification: ignored,
  GlobalSecondaryIndexes: z.array(z.strictObject({ IndexName: z.string(), ...contributorInsights })).optional(),
});

const globalTable = z.strictObject({
  ...common,
  BillingMode: z.literal('PAY_PER_REQUEST'),
  GlobalSecondaryIndexes: z.array(index).optional(),
  Replicas: z.tuple([replica], 'only one replica is hosted: one Region'),
});

/** Reads `AWS::DynamoDB::Table`; a property that is not hosted is an error that names it. */
export const tableOf = (resource: TemplateResource): TableDefinition => define(resource, parsed(table, resource));

/** Reads `AWS::DynamoDB::GlobalTable` with its one replica. The replica's settings become the table's. */
export function globalTableOf(resource: TemplateResource): TableDefinition {
  const { Replicas, ...properties } = parsed(globalTable, resource);
  const { DeletionProtectionEnabled, PointInTimeRecoverySpecification, ResourcePolicy, Tags } = Replicas[0];
  return define(resource, { ...properties, DeletionProtectionEnabled, PointInTimeRecoverySpecification, ResourcePolicy, Tags });
}

function define({ logicalId }: TemplateResource, properties: Partial<z.infer<typeof table>>): TableDefinition {
  const { StreamSpecification, TimeToLiveSpecification, PointInTimeRecoverySpecification, ResourcePolicy, ...rest } = properties;
  const { SSESpecification, TableClass, ContributorInsightsSpecification, ...request } = rest;
  const created: Request = {
    ...request,
    TableName: properties.TableName ?? logicalId,
    StreamSpecification: StreamSpecification && { StreamEnabled: true, ...StreamSpecification },
  };
  return {
    ...definitionOf(created),
    pointInTimeRecovery: PointInTimeRecoverySpecification?.PointInTimeRecoveryEnabled ?? false,
    timeToLiveAttribute: TimeToLiveSpecification?.Enabled ? TimeToLiveSpecification.AttributeName : undefined,
    policy: ResourcePolicy && { document: JSON.stringify(ResourcePolicy.PolicyDocument), revision: 1 },
  };
}

function parsed<T>(schema: z.ZodType<T>, { logicalId, type, properties }: TemplateResource): T {
  const result = schema.safeParse(properties);
  if (!result.success) throw new Error(`${logicalId} (${type}): ${z.prettifyError(result.error)}`);
  return result.data;
}
