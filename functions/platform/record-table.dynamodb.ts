import { type DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';

type Body = Record<string, unknown>;

/** Plain records in the Deployments table. Each kind and name has its own partition, and each item one `body`. */
export class RecordTable {
  readonly db: DynamoDBDocumentClient;
  readonly table: string;

  constructor(db: DynamoDBDocumentClient, table: string) {
    this.db = db;
    this.table = table;
  }

  /** Reads one body consistently. */
  async get(pk: string, sk: string): Promise<Body | undefined> {
    const found = await this.db.send(new GetCommand({ TableName: this.table, Key: { pk, sk }, ConsistentRead: true }));
    return found.Item?.body as Body | undefined;
  }

  async put(pk: string, sk: string, body: unknown): Promise<void> {
    await this.db.send(new PutCommand({ TableName: this.table, Item: { pk, sk, body } }));
  }

  /** Reads the bodies of one partition, newest sort key first, at most `limit` of them. */
  async partition(pk: string, limit?: number): Promise<Body[]> {
    const bodies: Body[] = [];
    let start: Body | undefined;
    do {
      const page = await this.db.send(
        new QueryCommand({
          TableName: this.table,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': pk },
          ScanIndexForward: false,
          ExclusiveStartKey: start,
          Limit: limit && limit - bodies.length,
        }),
      );
      bodies.push(...(page.Items ?? []).map((item) => item.body as Body));
      start = page.LastEvaluatedKey;
    } while (start && !(limit && bodies.length >= limit));
    return bodies;
  }
}
