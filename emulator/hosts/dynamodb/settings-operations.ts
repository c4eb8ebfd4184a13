import * as z from 'zod';
import { ApiError } from '../host.ts';
import { changeTable } from './lifecycle.ts';
import { parse } from './parse.ts';
import type { Storage } from './storage.ts';
import type { Table } from './tables.ts';
import type { Operation } from './wire.ts';

const named = z.strictObject({ TableName: z.string() });
const ofArn = z.strictObject({ ResourceArn: z.string() });
const timeToLive = z.strictObject({
  TableName: z.string(),
  TimeToLiveSpecification: z.strictObject({ AttributeName: z.string().min(1), Enabled: z.boolean() }),
});
const backups = z.strictObject({
  TableName: z.string(),
  PointInTimeRecoverySpecification: z.strictObject({ PointInTimeRecoveryEnabled: z.boolean(), RecoveryPeriodInDays: z.int().optional() }),
});
const policyPut = z.strictObject({
  ResourceArn: z.string(),
  Policy: z.string(),
  ExpectedRevisionId: z.string().optional(),
  ConfirmRemoveSelfResourceAccess: z.boolean().optional(),
});

/** The operations on a table itself: expiry, recovery flag and resource policy. */
export function settingsOperations(storage: Storage): Record<string, Operation> {
  const { tables } = storage;
  return {
    UpdateTimeToLive: (request) => {
      const { TableName, TimeToLiveSpecification } = parse(timeToLive, request);
      const table = tables.get(TableName);
      const timeToLiveAttribute = TimeToLiveSpecification.Enabled ? TimeToLiveSpecification.AttributeName : undefined;
      changeTable(storage, table, { ...table, timeToLiveAttribute });
      return { TimeToLiveSpecification };
    },
    DescribeTimeToLive: (request) => {
      const { timeToLiveAttribute: AttributeName } = tables.get(parse(named, request).TableName);
      return { TimeToLiveDescription: { TimeToLiveStatus: AttributeName ? 'ENABLED' : 'DISABLED', AttributeName } };
    },
    UpdateContinuousBackups: (request) => {
      const { TableName, PointInTimeRecoverySpecification } = parse(backups, request);
      const table = { ...tables.get(TableName), pointInTimeRecovery: PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled };
      tables.save(table);
      return describeBackups(table);
    },
    DescribeContinuousBackups: (request) => describeBackups(tables.get(parse(named, request).TableName)),
    ...policyOperations(storage),
  };
}

function policyOperations({ tables }: Storage): Record<string, Operation> {
  return {
    GetResourcePolicy: (request) => {
      const { policy, TableArn } = tables.byArn(parse(ofArn, request).ResourceArn);
      if (!policy)
        throw new ApiError('PolicyNotFoundException', `Resource-based policy not found for the provided ResourceArn: ${TableArn}`);
      return { Policy: policy.document, RevisionId: String(policy.revision) };
    },
    PutResourcePolicy: (request) => {
      const { ResourceArn, Policy, ExpectedRevisionId } = parse(policyPut, request);
      const table = tables.byArn(ResourceArn);
      const current = String(table.policy?.revision ?? 'NO_POLICY');
      if (ExpectedRevisionId !== undefined && ExpectedRevisionId !== current)
        throw new ApiError('PolicyNotFoundException', `The policy's revision is ${current}, not ${ExpectedRevisionId}`);
      const policy = { document: Policy, revision: (table.policy?.revision ?? 0) + 1 };
      tables.save({ ...table, policy });
      return { RevisionId: String(policy.revision) };
    },
    DeleteResourcePolicy: (request) => {
      const { policy, ...table } = tables.byArn(parse(ofArn, request).ResourceArn);
      tables.save(table);
      return policy ? { RevisionId: String(policy.revision) } : {};
    },
  };
}

function describeBackups({ pointInTimeRecovery }: Table) {
  return {
    ContinuousBackupsDescription: {
      ContinuousBackupsStatus: 'ENABLED',
      PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: pointInTimeRecovery ? 'ENABLED' : 'DISABLED' },
    },
  };
}
