import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { RecordTable } from '#platform/record-table.dynamodb';
import type { EnvironmentName } from '#policy/policy';
import type { ApprovalTokens, Questions } from './approvals.port.ts';

/** Keeps task tokens in the partition `approvals`, and the last question of each environment in `questions`. */
export class DynamoDbApprovals implements ApprovalTokens, Questions {
  readonly #records: RecordTable;

  constructor(records: RecordTable) {
    this.#records = records;
  }

  async keepToken(approvalId: string, token: { deploymentId: string; taskToken: string }): Promise<void> {
    await this.#records.put('approvals', approvalId, token);
  }

  async findToken(approvalId: string) {
    return (await this.#records.get('approvals', approvalId)) as { deploymentId: string; taskToken: string } | undefined;
  }

  async findQuestion(application: string, environment: EnvironmentName): Promise<string | undefined> {
    return (await this.#records.get('questions', `${application}#${environment}`))?.deploymentId as string | undefined;
  }

  async keepQuestion(application: string, environment: EnvironmentName, deploymentId: string, before: string | undefined) {
    const Item = { pk: 'questions', sk: `${application}#${environment}`, body: { deploymentId }, deploymentId };
    const unchanged = before
      ? { ConditionExpression: 'deploymentId = :before', ExpressionAttributeValues: { ':before': before } }
      : { ConditionExpression: 'attribute_not_exists(pk)' };
    try {
      await this.#records.db.send(new PutCommand({ TableName: this.#records.table, Item, ...unchanged }));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }
}
