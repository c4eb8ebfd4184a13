import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askToStop } from '#approval/ask-to-stop.flow';
import { passLockOn } from '#release/pass-lock-on.flow';
import { lockPorts, locks, stopPorts } from '#services';
import { Sluice, scenarioPolicy } from './sluice.ts';

let sluice: Sluice;
beforeAll(async () => {
  sluice = await Sluice.start({ policy: { ...scenarioPolicy, approvalSeconds: 600 }, productionMix: 'staging' });
});
afterAll(() => sluice.stop());

const at = (environment: 'staging' | 'production') => ({ application: 'storefront', environment });
const cancel = (id: string) =>
  sluice.clock.runUntil(askToStop(stopPorts(), id, { kind: 'cancel', by: 'operator ana', reason: 'I saw something' }, `seldom/${id}`));

/** The name of the template's resource of this type in this run. */
const created = (type: string, logicalId: string): string => {
  const found = sluice.runtime.hosts.iam.observed.find(
    ({ resource }) => resource.type === type && resource.logicalId.startsWith(logicalId),
  );
  return found?.hosted.ref as string;
};

/** Starts one more approval by hand, as a person does who thinks that the first one was lost. */
async function startApproval(name: string, input: object): Promise<string> {
  const stateMachineArn = sluice.runtime.outputs.ApprovalMachineArn;
  const start = new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) });
  return (await sluice.clock.runUntil(new SFNClient().send(start))).executionArn as string;
}

/** Submits issues one by one until each waits for the lock of staging. */
async function inQueue(...files: string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const file of files) {
    const id = await sluice.submit(file);
    await sluice.until(id, ({ fix }) => fix !== undefined);
    await sluice.later(1);
    ids.push(id);
  }
  return ids;
}

const statusOf = async (executionArn: string) => (await new SFNClient().send(new DescribeExecutionCommand({ executionArn }))).status;

describe('rare ways through the machines', () => {
  it('escalate a fix with a patch that does not apply', async () => {
    const id = await sluice.submit('a-failed-check.json', (text) => text.replaceAll('pieces > DISCOUNT_FROM', 'pieces > NOWHERE'));

    expect(await sluice.ended(id)).toMatchObject({ outcome: 'Escalated', fix: { verdict: 'Failed' } });
  });

  it('pass the lock on, also after a release that stopped because its alias was moved', async () => {
    await locks().acquire(at('staging'), { deploymentId: 'somebody-else', taskToken: 'nobody' });
    const [first = '', second = '', third = ''] = await inQueue('a-failed-check.json', 'c-code-quality.json', 'b-dependabot-alert.json');
    await sluice.clock.runUntil(passLockOn(lockPorts(), at('staging'), 'somebody-else', { entryKey: 'seldom', actor: 'operator ana' }));

    const moved = await sluice.until(second, ({ staging }) => staging !== undefined && staging.plan.length > 0 && staging.stepIndex < 0);
    await sluice.moveAliasByHand('staging', moved.staging?.baseline?.version as string);
    await cancel(first);

    expect(await sluice.ended(second)).toMatchObject({
      outcome: 'Escalated',
      staging: { result: 'RolledBack', resultReason: expect.stringContaining('AliasMoved: the alias was changed outside this release') },
    });
    expect(await sluice.until(third, ({ staging }) => staging?.result !== undefined)).toMatchObject({ staging: { result: 'Succeeded' } });
    await cancel(third);
    await sluice.ended(third);
    await sluice.ended(first);
  });

  it('release the lock of a lost deployment and stop its children', async () => {
    const lost = await sluice.submit('b-dependabot-alert.json');
    await sluice.until(lost, ({ approval }) => approval?.status === 'PENDING');
    await locks().acquire(at('production'), { deploymentId: lost, taskToken: 'nobody' });
    const next = await sluice.submit('a-failed-check.json');
    await sluice.until(next, ({ staging }) => staging?.result === 'Succeeded');
    const twin = await startApproval(`${lost}-approval-by-hand`, { deploymentId: lost, kind: 'approve', waitSeconds: 900 });

    await sluice.clock.runUntil(sluice.stopExecution(lost, 'Deployment'));

    expect(await sluice.ended(lost)).toMatchObject({ outcome: 'Escalated' });
    expect(await sluice.ended(next)).toMatchObject({ outcome: 'Deployed' });
    expect(await statusOf(twin)).toBe('ABORTED');
  });

  it('ask no question about a deployment that is already cancelled', async () => {
    const id = await sluice.submit('c-code-quality.json');
    await sluice.until(id, ({ status }) => status === 'Resolving');
    await cancel(id);
    await sluice.ended(id);

    const late = await startApproval(`${id}-approval-late`, { deploymentId: id, kind: 'notify', waitSeconds: 900 });
    await sluice.later(5);

    expect(await statusOf(late)).not.toBe('RUNNING');
  });

  it('show an approver the page although the diff is missing in S3', async () => {
    const id = await sluice.submit('b-dependabot-alert.json');
    const link = await sluice.mailedLink(id, 'view').catch(() => sluice.mailedLink(id, 'approve'));
    await sluice.clock.runUntil(
      new S3Client().send(
        new DeleteObjectCommand({ Bucket: created('AWS::S3::Bucket', 'BucketsArtifacts'), Key: `deployments/${id}/diff.patch` }),
      ),
    );

    const page = await sluice.clock.runUntil(fetch(link));

    expect(page.status).toBe(200);
    await cancel(id);
    await sluice.ended(id);
  });

  it('page and roll back again when an operator stopped a release during its rollback', async () => {
    const id = await sluice.submit('bad/never-healthy.json');
    await sluice.until(id, ({ status }) => status === 'RollingBack');

    await sluice.clock.runUntil(sluice.stopExecution(`${id}-staging-0`, 'Release'));

    expect(await sluice.ended(id)).toMatchObject({ staging: { result: 'RolledBack' } });
    await sluice.later(10);
    expect(await sluice.subjects(id)).toContain('CRITICAL: Rollback failed - immediate attention required (storefront)');
  });

  it('write the weekly report when its schedule invokes it', async () => {
    const invoked = await sluice.clock.runUntil(
      new LambdaClient().send(
        new InvokeCommand({ FunctionName: created('AWS::Lambda::Function', 'WeeklyReport'), Payload: Buffer.from('{}') }),
      ),
    );

    const { key } = JSON.parse(Buffer.from(invoked.Payload ?? []).toString()) as { key: string };
    expect(key).toMatch(/^reports\//);
  });
});
