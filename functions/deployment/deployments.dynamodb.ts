import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, QueryCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { AuditContention, AuditRowMalformed, DeploymentNotFound } from '#platform/errors';
import { type ChainedRow, chainRow, genesisHash } from './audit-chain.ts';
import { type AuditEvent, type AuditRow, auditEventSchema, inPresentWords, rowDefect } from './audit-event.ts';
import { type Deployment, type DeploymentStatus, deploymentSchema } from './deployment.ts';
import type { Change, Deployments, StoredHead } from './deployments.port.ts';
import type { Entry } from './entry.ts';

const RACES_BEFORE_GIVING_UP = 8;
const MARKER_KEPT_SECONDS = 90 * 86_400;

export interface DeploymentTables {
  readonly deployments: string;
  readonly audit: string;
}

/** Writes event and projection in one transaction. A marker in it stops a repeated delivery from appending again. */
export class DynamoDbDeployments implements Deployments {
  readonly #db: DynamoDBDocumentClient;
  readonly #tables: DeploymentTables;
  readonly #now: () => Date;
  readonly #pause: (attempt: number) => Promise<void>;

  constructor(db: DynamoDBDocumentClient, tables: DeploymentTables, now: () => Date, pause: (attempt: number) => Promise<void>) {
    this.#db = db;
    this.#tables = tables;
    this.#now = now;
    this.#pause = pause;
  }

  async read(deploymentId: string): Promise<Deployment> {
    const found = await this.#get(deploymentId, 'projection');
    if (!found) throw new DeploymentNotFound(deploymentId);
    return deploymentSchema.parse(found.body);
  }

  async create(deployment: Deployment, event: AuditEvent, entry: Entry): Promise<boolean> {
    try {
      await this.#write({ ...deployment, sequence: 0, headHash: genesisHash }, { event, next: deployment }, entry);
      return true;
    } catch (error) {
      if (canceledFor(error, ['ConditionalCheckFailed'])) return false;
      throw error;
    }
  }

  async record(deploymentId: string, entry: Entry, decide: (current: Deployment) => Change | undefined): Promise<Deployment> {
    for (let attempt = 0; attempt < RACES_BEFORE_GIVING_UP; attempt++) {
      const current = await this.read(deploymentId);
      // The projection was read before the marker and may be older, so read it again.
      if (await this.happened(deploymentId, entry.entryKey)) return this.read(deploymentId);
      const change = decide(current);
      if (!change) return current;
      try {
        return await this.#write(current, change, entry);
      } catch (error) {
        if (!lostRace(error)) throw error;
        await this.#pause(attempt);
      }
    }
    throw new AuditContention(deploymentId);
  }

  async happened(deploymentId: string, entryKey: string): Promise<boolean> {
    return (await this.#get(deploymentId, `marker#${entryKey}`)) !== undefined;
  }

  async rowAt(deploymentId: string, entryKey: string): Promise<AuditRow | undefined> {
    const marker = await this.#get(deploymentId, `marker#${entryKey}`);
    if (!marker) return undefined;
    const found = await this.#db.send(
      new QueryCommand({
        TableName: this.#tables.audit,
        ConsistentRead: true,
        KeyConditionExpression: 'deploymentId = :id AND #sequence = :sequence',
        ExpressionAttributeNames: { '#sequence': 'sequence' },
        ExpressionAttributeValues: { ':id': deploymentId, ':sequence': marker.sequence },
      }),
    );
    return found.Items?.[0] && readable(found.Items[0], deploymentId);
  }

  async trail(deploymentId: string): Promise<AuditRow[]> {
    return (await this.storedTrail(deploymentId)).map((row) => readable(row, deploymentId));
  }

  storedTrail(deploymentId: string): Promise<ChainedRow[]> {
    return this.#all(this.#tables.audit, 'deploymentId', deploymentId, { consistent: true });
  }

  async storedHead(deploymentId: string): Promise<StoredHead | undefined> {
    const item = await this.#get(deploymentId, 'projection');
    if (!item) return undefined;
    const read = deploymentSchema.safeParse(item.body);
    const { sequence, headHash } = item.body ?? {};
    const defect = read.success ? undefined : read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
    return { sequence: Number(sequence), hash: String(headHash), defect };
  }

  async idsOf(application: string): Promise<string[]> {
    const rows = await this.#all(this.#tables.deployments, 'application', application, { index: 'byApplication', newestFirst: true });
    return rows.map(({ pk }) => String(pk).replace(/^deployment#/, ''));
  }

  withFingerprint = (fingerprint: string) => this.#projections('byFingerprint', 'fingerprint', fingerprint);
  withStatus = (status: DeploymentStatus, limit?: number) => this.#projections('byStatus', 'status', status, limit);
  ofApplication = (application: string, limit?: number) => this.#projections('byApplication', 'application', application, limit);
  ofDay = (day: string) => this.#projections('byDay', 'day', day);

  async #projections(index: string, attribute: string, value: string, limit?: number): Promise<Deployment[]> {
    const rows = await this.#all(this.#tables.deployments, attribute, value, { index, limit, newestFirst: true });
    return rows.map((row) => deploymentSchema.parse(row.body));
  }

  async #get(deploymentId: string, sk: string) {
    const key = { pk: `deployment#${deploymentId}`, sk };
    return (await this.#db.send(new GetCommand({ TableName: this.#tables.deployments, Key: key, ConsistentRead: true }))).Item;
  }

  async #write(current: Deployment, change: Change, entry: Entry): Promise<Deployment> {
    const at = this.#now().toISOString();
    const sequence = current.sequence + 1;
    const event = auditEventSchema.parse(change.event);
    const row = chainRow({ deploymentId: current.id, sequence, at, actor: entry.actor, event, previousHash: current.headHash });
    const next = deploymentSchema.parse({ ...change.next, sequence, headHash: row.hash, updatedAt: at });
    await this.#db.send(
      new TransactWriteCommand({
        TransactItems: [
          { Put: { TableName: this.#tables.audit, Item: row, ConditionExpression: 'attribute_not_exists(deploymentId)' } },
          { Put: { TableName: this.#tables.deployments, ...projectionItem(next, current.sequence) } },
          { Put: { TableName: this.#tables.deployments, ...this.#marker(current.id, entry, sequence) } },
        ],
      }),
    );
    return next;
  }

  #marker(deploymentId: string, entry: Entry, sequence: number) {
    const expiresAt = Math.floor(this.#now().getTime() / 1000) + MARKER_KEPT_SECONDS;
    return {
      Item: { pk: `deployment#${deploymentId}`, sk: `marker#${entry.entryKey}`, sequence, expiresAt },
      ConditionExpression: 'attribute_not_exists(pk)',
    };
  }

  async #all(
    table: string,
    attribute: string,
    value: string,
    how: { index?: string; limit?: number; newestFirst?: boolean; consistent?: boolean },
  ) {
    const rows: Record<string, unknown>[] = [];
    let start: Record<string, unknown> | undefined;
    do {
      const page = await this.#db.send(
        new QueryCommand({
          TableName: table,
          IndexName: how.index,
          ConsistentRead: how.consistent,
          KeyConditionExpression: '#key = :value',
          ExpressionAttributeNames: { '#key': attribute },
          ExpressionAttributeValues: { ':value': value },
          ScanIndexForward: !how.newestFirst,
          Limit: how.limit && how.limit - rows.length,
          ExclusiveStartKey: start,
        }),
      );
      rows.push(...(page.Items ?? []));
      start = page.LastEvaluatedKey;
    } while (start && !(how.limit && rows.length >= how.limit));
    return rows;
  }
}

/**
 * Gives a stored row under the present names, including a row of a newer version.
 * Readers skip event types and fields that they do not know.
 */
function readable(row: ChainedRow, deploymentId: string): AuditRow {
  const defect = rowDefect(row);
  if (defect) throw new AuditRowMalformed(deploymentId, row.sequence, defect);
  return inPresentWords(row as AuditRow);
}

function projectionItem(next: Deployment, seenSequence: number) {
  const item = {
    pk: `deployment#${next.id}`,
    sk: 'projection',
    body: next,
    sequence: next.sequence,
    status: next.status,
    application: next.application,
    fingerprint: next.fingerprint,
    createdAt: next.createdAt,
    updatedAt: next.updatedAt,
    day: next.createdAt.slice(0, 10),
  };
  if (seenSequence === 0) return { Item: item, ConditionExpression: 'attribute_not_exists(pk)' };
  return {
    Item: item,
    ConditionExpression: '#sequence = :seen',
    ExpressionAttributeNames: { '#sequence': 'sequence' },
    ExpressionAttributeValues: { ':seen': seenSequence },
  };
}

const lostRace = (error: unknown) => canceledFor(error, ['ConditionalCheckFailed', 'TransactionConflict']);

const canceledFor = (error: unknown, codes: readonly string[]) =>
  error instanceof TransactionCanceledException && (error.CancellationReasons ?? []).some(({ Code = '' }) => codes.includes(Code));
