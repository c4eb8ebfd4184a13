import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { CopyObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { AuditRow } from '#deployment/audit-event';
import { type Approval, type Deployment, hasEnded } from '#deployment/deployment';
import { DynamoDbDeployments } from '#deployment/deployments.dynamodb';
import type { Checks, Policy } from '#policy/policy';
import { Sluice, scenarioPolicy } from '../scenario/sluice.ts';

const policy: Policy = {
  ...scenarioPolicy,
  approvalSeconds: 86_400,
  cancelWindowSeconds: 3_600,
  // The speed of this machine must not decide: compare with no history, and give the performance check 10 s.
  staging: { ...scenarioPolicy.staging, monitorSeconds: 8, historyIntervals: 0 },
};

const unhurried = (checks: Checks): Checks => ({ ...checks, performance: { path: '/products', requests: 3, p95Ms: 10_000 } });

/** One real deployment with its question, and more questions about copies of it. A copy needs no build. */
export class Questions {
  readonly sluice: Sluice;
  readonly first: Deployment;
  readonly #trail: readonly AuditRow[];
  #copies = 0;

  private constructor(sluice: Sluice, first: Deployment, trail: readonly AuditRow[]) {
    this.sluice = sluice;
    this.first = first;
    this.#trail = trail;
  }

  static async start(): Promise<Questions> {
    const sluice = await Sluice.start({ policy, requestsPerSecond: 8 });
    await sluice.reconfigure((configured) => ({ ...configured, policy, checks: unhurried(configured.checks) }));
    const id = await sluice.submit('b-dependabot-alert.json');
    const first = await sluice.until(id, (deployment) => deployment.approval?.status === 'PENDING' || hasEnded(deployment));
    if (hasEnded(first)) throw new Error(`the deployment ended before its question: ${first.outcomeReason}`);
    sluice.quiet = true;
    return new Questions(sluice, first, await sluice.trail(id));
  }

  /** Asks about a copy of the first deployment by the real approval machine. Returns the copy's id. */
  async ask(kind: Approval['kind'], change: Partial<Deployment> = {}, waitSeconds = 86_400): Promise<string> {
    const id = `${this.first.id}-copy-${++this.#copies}`;
    const { approval: _, ...unasked } = this.first;
    await this.#copy({ ...unasked, id, status: 'Staging', ...change });
    const Bucket = this.sluice.runtime.outputs.ArtifactsBucket;
    const CopySource = `${Bucket}/deployments/${this.first.id}/diff.patch`;
    await new S3Client().send(new CopyObjectCommand({ Bucket, CopySource, Key: `deployments/${id}/diff.patch` }));
    const input = JSON.stringify({ deploymentId: id, kind, waitSeconds });
    const stateMachineArn = this.sluice.runtime.outputs.ApprovalMachineArn;
    await new SFNClient().send(new StartExecutionCommand({ stateMachineArn, name: `${id}-approval`, input }));
    await this.sluice.until(id, ({ approval }) => approval?.status === 'PENDING');
    return id;
  }

  /** The full content of both tables, as text. */
  async stored(): Promise<string> {
    const { AuditTable, DeploymentsTable } = this.sluice.runtime.outputs;
    return JSON.stringify(await Promise.all([AuditTable, DeploymentsTable].map(itemsOf)));
  }

  /** The copy's rows keep the times of the originals, so both have the same charts. */
  async #copy(deployment: Deployment): Promise<void> {
    const [admitted, ...rows] = this.#trail.filter(({ event }) => event.type !== 'ApprovalRequested' && event.type !== 'MessageDelivered');
    if (!admitted) throw new Error('the first deployment has no rows');
    const at = { now: admitted.at };
    const copies = copyInto(this.sluice.runtime.outputs, () => new Date(at.now));
    await copies.create(deployment, admitted.event, { entryKey: 'copy/0', actor: admitted.actor });
    for (const { event, sequence, actor, at: then } of rows) {
      at.now = then;
      await copies.record(deployment.id, { entryKey: `copy/${sequence}`, actor }, (current) => ({ event, next: current }));
    }
  }
}

function copyInto({ AuditTable, DeploymentsTable }: Record<string, string>, now: () => Date): DynamoDbDeployments {
  const tables = { audit: AuditTable as string, deployments: DeploymentsTable as string };
  return new DynamoDbDeployments(documents(), tables, now, () => Promise.resolve());
}

const documents = () => DynamoDBDocumentClient.from(new DynamoDBClient(), { marshallOptions: { removeUndefinedValues: true } });

async function itemsOf(TableName: string | undefined): Promise<unknown[]> {
  const pages = paginateScan({ client: new DynamoDBClient() }, { TableName });
  const items: unknown[] = [];
  for await (const { Items } of pages) items.push(...(Items ?? []));
  return items;
}
