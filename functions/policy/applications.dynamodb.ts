import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { ApprovalTokens, Questions } from '#approval/approvals.port';
import type { Quarantine, QuarantinedMessage } from '#intake/quarantine.port';
import { ApplicationNotFound } from '#platform/errors';
import type { History, Lesson, PastOutcome } from '#report/history.port';
import { type Application, type Applications, applicationSchema } from './application.ts';
import type { EnvironmentName } from './policy.ts';

/** The plain records beside the projections in the Deployments table, one partition per kind and name. */
export class DynamoDbRecords implements Applications, History, Quarantine, ApprovalTokens, Questions {
  readonly #db: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(db: DynamoDBDocumentClient, table: string) {
    this.#db = db;
    this.#table = table;
  }

  async readApplication(name: string): Promise<Application> {
    const body = await this.#get('applications', name);
    if (!body) throw new ApplicationNotFound(name);
    return applicationSchema.parse(body);
  }

  async listApplications(): Promise<Application[]> {
    return (await this.#partition('applications')).map((body) => applicationSchema.parse(body));
  }

  async register(application: Application): Promise<void> {
    await this.#put('applications', application.name, application);
  }

  async previousResolutions(historyKey: string): Promise<number> {
    const outcomes = (await this.#partition(`history#${historyKey}`)) as unknown as PastOutcome[];
    return outcomes.filter((past) => past.outcome === 'Deployed').length;
  }

  async addOutcome(historyKey: string, outcome: PastOutcome): Promise<void> {
    await this.#put(`history#${historyKey}`, outcome.deploymentId, outcome);
  }

  async addLesson(lesson: Lesson): Promise<void> {
    await this.#put(`lessons#${lesson.application}`, lesson.lessonId, lesson);
  }

  async lessons(application: string): Promise<Lesson[]> {
    return (await this.#partition(`lessons#${application}`)) as unknown as Lesson[];
  }

  async keepQuarantined(message: QuarantinedMessage): Promise<void> {
    await this.#put('quarantine', `${message.at}#${message.messageId}`, message);
  }

  async listQuarantined(limit = 100): Promise<QuarantinedMessage[]> {
    return (await this.#partition('quarantine', limit)) as unknown as QuarantinedMessage[];
  }

  async keepToken(approvalId: string, held: { deploymentId: string; taskToken: string }): Promise<void> {
    await this.#put('approvals', approvalId, held);
  }

  async findToken(approvalId: string) {
    return (await this.#get('approvals', approvalId)) as { deploymentId: string; taskToken: string } | undefined;
  }

  async findQuestion(application: string, environment: EnvironmentName): Promise<string | undefined> {
    return (await this.#get('questions', `${application}#${environment}`))?.deploymentId as string | undefined;
  }

  async keepQuestion(application: string, environment: EnvironmentName, deploymentId: string, before: string | undefined) {
    const Item = { pk: 'questions', sk: `${application}#${environment}`, body: { deploymentId }, deploymentId };
    const unchanged = before
      ? { ConditionExpression: 'deploymentId = :before', ExpressionAttributeValues: { ':before': before } }
      : { ConditionExpression: 'attribute_not_exists(pk)' };
    try {
      await this.#db.send(new PutCommand({ TableName: this.#table, Item, ...unchanged }));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  async #get(pk: string, sk: string): Promise<Record<string, unknown> | undefined> {
    const found = await this.#db.send(new GetCommand({ TableName: this.#table, Key: { pk, sk }, ConsistentRead: true }));
    return found.Item?.body as Record<string, unknown> | undefined;
  }

  async #put(pk: string, sk: string, body: unknown): Promise<void> {
    await this.#db.send(new PutCommand({ TableName: this.#table, Item: { pk, sk, body } }));
  }

  async #partition(pk: string, limit?: number): Promise<Record<string, unknown>[]> {
    const bodies: Record<string, unknown>[] = [];
    let start: Record<string, unknown> | undefined;
    do {
      const page = await this.#db.send(
        new QueryCommand({
          TableName: this.#table,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': pk },
          ScanIndexForward: false,
          ExclusiveStartKey: start,
          Limit: limit && limit - bodies.length,
        }),
      );
      bodies.push(...(page.Items ?? []).map((item) => item.body as Record<string, unknown>));
      start = page.LastEvaluatedKey;
    } while (start && !(limit && bodies.length >= limit));
    return bodies;
  }
}
