import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RecordTable } from '#platform/record-table.dynamodb';
import { DynamoDbHistory } from '#report/history.dynamodb';
import { Tables } from '../../fixtures/tables.ts';

let tables: Tables;
beforeEach(async () => {
  tables = await Tables.open();
});
afterEach(() => tables.close());

describe('DynamoDbHistory', () => {
  it('counts only the outcome Deployed as resolved, over all pages', async () => {
    const history = new DynamoDbHistory(new RecordTable(tables.documents, tables.names.deployments));
    const outcomes = ['Deployed', 'RolledBack', 'Deployed'] as const;
    for (const [index, outcome] of outcomes.entries())
      await history.addOutcome('shop/code-quality/lint', { deploymentId: `d${index}`, outcome, at: '2026-01-01T00:00:00.000Z' });
    tables.inPagesOf(2);

    expect(await history.previousResolutions('shop/code-quality/lint')).toBe(2);
  });
});
