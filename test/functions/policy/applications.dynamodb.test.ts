import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RecordTable } from '#platform/record-table.dynamodb';
import { DynamoDbApplications } from '#policy/applications.dynamodb';
import { Tables } from '../../fixtures/tables.ts';

let tables: Tables;
beforeEach(async () => {
  tables = await Tables.open();
});
afterEach(() => tables.close());

describe('DynamoDbApplications', () => {
  it('throws ApplicationNotFound for an application that is not registered', async () => {
    const applications = new DynamoDbApplications(new RecordTable(tables.documents, tables.names.deployments));

    await expect(applications.readApplication('nope')).rejects.toMatchObject({ name: 'ApplicationNotFound' });
  });
});
