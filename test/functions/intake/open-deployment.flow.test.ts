import { readFileSync } from 'node:fs';
import { ExecutionAlreadyExists, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient, GetCommand, QueryCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Deployment } from '#deployment/deployment';
import type { Issue, IssueChannel } from '#deployment/issue';
import { openDeployment } from '#intake/open-deployment.flow';
import { guidePolicy } from '#policy/policy';
import { openPorts } from '#services';
import { application } from '../../../cli/start/storefront.ts';

const START = Date.parse('2026-03-02T09:00:00Z');
const DAY = 86_400_000;
/** How long Step Functions keeps the name of a closed execution (StartExecution in its API reference). */
const NAME_KEPT_MS = 90 * DAY;

const db = mockClient(DynamoDBDocumentClient);
const sfn = mockClient(SFNClient);
const { Detail: issue } = JSON.parse(readFileSync(new URL('../../../examples/issues/a-failed-check.json', import.meta.url), 'utf8')) as {
  Detail: Issue;
};
const channel: IssueChannel = { kind: 'bus', sender: 'ci.storefront', authenticated: true };

let stored: Deployment | undefined;
let started: string[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: START });
  Object.assign(process.env, { DEPLOYMENTS_TABLE: 'D', AUDIT_TABLE: 'A', DEPLOYMENT_MACHINE_ARN: 'machine', AWS_REGION: 'us-east-1' });
  stored = undefined;
  started = [];
  keepTables();
  keepNames();
});
afterAll(() => vi.useRealTimers());

function keepTables(): void {
  db.reset();
  const configured = { ...application(), repositoryUrl: 'https://git.example/storefront.git', policy: guidePolicy };
  db.on(GetCommand).callsFake(({ Key }) => (Key.pk === 'applications' ? { Item: { body: configured } } : {}));
  db.on(QueryCommand).callsFake(() => ({ Items: stored ? [{ body: stored }] : [] }));
  db.on(TransactWriteCommand).callsFake(({ TransactItems }: TransactWriteCommand['input']) => {
    stored = TransactItems?.[1]?.Put?.Item?.body;
    return {};
  });
}

/** Every execution here ends at once; its name is forgotten 90 days later. */
function keepNames(): void {
  sfn.reset();
  const closedAt = new Map<string, number>();
  sfn.on(StartExecutionCommand).callsFake(({ name }) => {
    if (Date.now() - (closedAt.get(name) ?? Number.NEGATIVE_INFINITY) < NAME_KEPT_MS)
      throw new ExecutionAlreadyExists({ message: name, $metadata: {} });
    closedAt.set(name, Date.now());
    started.push(name);
    return {};
  });
}

const become = (change: Partial<Deployment>) => {
  stored = { ...(stored as Deployment), ...change };
};

describe('a second copy of an issue', () => {
  it('starts no machine of a deployment that ended 91 days ago', async () => {
    await openDeployment(openPorts(), issue, channel);
    const first = stored as Deployment;
    become({ status: 'Deployed', outcome: 'Deployed' });
    vi.setSystemTime(START + 91 * DAY);

    expect(await openDeployment(openPorts(), issue, channel)).toEqual({ duplicateOf: first.id });
    expect(started).toEqual([first.id]);
  });

  it.each(['Resolving', 'Staging', 'Authorising', 'Production', 'Verifying', 'RollingBack'] as const)(
    'starts no second machine of a deployment that still stands in %s after 91 days',
    async (status) => {
      await openDeployment(openPorts(), issue, channel);
      become({ status });
      vi.setSystemTime(START + 91 * DAY);

      expect(await openDeployment(openPorts(), issue, channel)).toEqual({ duplicateOf: stored?.id });
      expect(started).toHaveLength(1);
    },
  );

  it('starts the machine of a deployment whose start was lost', async () => {
    sfn.on(StartExecutionCommand).rejectsOnce(new Error('out of reach'));
    await expect(openDeployment(openPorts(), issue, channel)).rejects.toThrow('out of reach');
    keepNames();

    expect(await openDeployment(openPorts(), issue, channel)).toEqual({ duplicateOf: stored?.id });
    expect(started).toEqual([stored?.id]);
  });

  it('opens another deployment where the one before was not deployed', async () => {
    await openDeployment(openPorts(), issue, channel);
    become({ status: 'Cancelled', outcome: 'Cancelled' });

    expect(await openDeployment(openPorts(), issue, channel)).toEqual({ deploymentId: stored?.id });
    expect(started).toHaveLength(2);
  });
});
