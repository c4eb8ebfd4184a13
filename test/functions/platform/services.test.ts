import { createHash } from 'node:crypto';
import { BatchGetBuildsCommand, CodeBuildClient } from '@aws-sdk/client-codebuild';
import { GenerateMacCommand, KMSClient, KMSInvalidMacException, VerifyMacCommand } from '@aws-sdk/client-kms';
import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import {
  ExecutionAlreadyExists,
  InvalidToken,
  ListExecutionsCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { S3Archive } from '#deployment/archive.s3';
import { S3Artifacts } from '#fix/artifacts.s3';
import { CodeBuildBuilds } from '#fix/builds.codebuild';
import { SesMail } from '#messages/mail.ses';
import { SqsOutbox } from '#messages/outbox.sqs';
import { StepFunctionsExecutions, StepFunctionsTasks } from '#platform/executions.sfn';
import { KmsLinkSigner } from '#web/links.kms';

const region = 'us-east-1';
const [s3, kms, sfn, sqs, ses, codebuild] = [
  mockClient(S3Client),
  mockClient(KMSClient),
  mockClient(SFNClient),
  mockClient(SQSClient),
  mockClient(SESv2Client),
  mockClient(CodeBuildClient),
];
const arn = (name: string) => `arn:aws:states:us-east-1:1:stateMachine:${name}`;
const tasks = new StepFunctionsTasks(new SFNClient({ region }));
const executions = new StepFunctionsExecutions(new SFNClient({ region }), {
  deployment: arn('d'),
  release: arn('r'),
  approval: arn('a'),
  rollback: arn('b'),
});
const body = (bytes: Uint8Array) => ({ transformToByteArray: async () => bytes }) as never;

beforeEach(() => {
  for (const mock of [s3, kms, sfn, sqs, ses, codebuild]) mock.reset();
});

describe('S3Artifacts', () => {
  const artifacts = new S3Artifacts(new S3Client({ region }), 'bucket');

  it('measures an artifact by its stored bytes and version', async () => {
    s3.on(GetObjectCommand).resolves({ Body: body(Buffer.from('zip')), VersionId: 'v1' });

    expect(await artifacts.measure('k')).toEqual({
      key: 'k',
      versionId: 'v1',
      digest: createHash('sha256').update('zip').digest('base64'),
    });
  });

  it('reads a missing artifact as undefined, and throws on any other failure', async () => {
    s3.on(GetObjectCommand)
      .rejectsOnce(new NoSuchKey({ message: 'no', $metadata: {} }))
      .rejects(new Error('AccessDenied'));

    expect(await artifacts.readText('k')).toBeUndefined();
    await expect(artifacts.readText('k')).rejects.toThrow('AccessDenied');
  });

  it('writes briefs and archive rows under their own keys', async () => {
    s3.on(PutObjectCommand).resolves({});

    expect(await artifacts.putBrief('d', { a: 1 })).toBe('deployments/d/brief.json');
    await new S3Archive(new S3Client({ region }), 'archive').put('rows/1.jsonl', '{}\n');
    expect(s3.commandCalls(PutObjectCommand).map(({ args }) => [args[0].input.Bucket, args[0].input.Key])).toEqual([
      ['bucket', 'deployments/d/brief.json'],
      ['archive', 'rows/1.jsonl'],
    ]);
  });
});

describe('StepFunctionsExecutions and StepFunctionsTasks', () => {
  it('starts an execution under the deployment’s id, and accepts that it exists', async () => {
    sfn
      .on(StartExecutionCommand)
      .resolvesOnce({})
      .rejects(new ExecutionAlreadyExists({ message: 'exists', $metadata: {} }));

    await executions.startDeployment('d1');
    await executions.startDeployment('d1');

    expect(sfn.commandCalls(StartExecutionCommand)[0]?.args[0].input).toEqual({
      stateMachineArn: arn('d'),
      name: 'd1',
      input: '{"deploymentId":"d1"}',
    });
  });

  it('accepts a token that is gone, and throws when AWS refuses the call', async () => {
    sfn
      .on(SendTaskSuccessCommand)
      .rejectsOnce(new TaskTimedOut({ message: 'late', $metadata: {} }))
      .rejectsOnce(new InvalidToken({ message: 'old', $metadata: {} }))
      .rejects(new Error('AccessDeniedException'));

    await tasks.wake('t', {});
    await tasks.wake('t', {});
    await expect(tasks.wake('t', {})).rejects.toThrow('AccessDeniedException');
  });

  it('stops the executions below a lost deployment on each page, except its own recovery', async () => {
    sfn.on(ListExecutionsCommand).resolves({ executions: [] });
    sfn
      .on(ListExecutionsCommand, { stateMachineArn: arn('b') })
      .resolvesOnce({ executions: [execution('d1-production-0-rollback-0')], nextToken: 'more' })
      .resolves({ executions: [execution('d1-recover-production'), execution('d10-staging-0')] });
    sfn.on(StopExecutionCommand).resolves({});

    expect(await executions.stopDescendants('d1', 'lost')).toEqual(['d1-production-0-rollback-0']);
    expect(sfn.commandCalls(StopExecutionCommand)).toHaveLength(1);
  });

  const execution = (name: string) => ({
    name,
    executionArn: `arn:${name}`,
    stateMachineArn: arn('b'),
    status: 'RUNNING' as const,
    startDate: new Date(0),
  });
});

describe('KmsLinkSigner', () => {
  const signer = new KmsLinkSigner(new KMSClient({ region }), 'key-1,key-0');

  it('signs with the current key and verifies with the key that a link names', async () => {
    kms.on(GenerateMacCommand).resolves({ Mac: Buffer.from([251, 255]) });
    kms.on(VerifyMacCommand).resolves({ MacValid: true });

    expect(await signer.sign(Buffer.from('m'))).toEqual({ keyId: 'key-1', mac: '-_8' });
    expect(await signer.verify(Buffer.from('m'), 'key-0', '-_8')).toBe(true);
    expect(kms.commandCalls(VerifyMacCommand)[0]?.args[0].input).toMatchObject({ KeyId: 'key-0', MacAlgorithm: 'HMAC_SHA_256' });
  });

  it('returns false for a key that is not ours, after the same call to KMS', async () => {
    kms.on(VerifyMacCommand).resolves({ MacValid: true });

    for (const keyId of ['arn:aws:kms:us-east-1:999999999999:key/theirs', 'alias/ours', 'key-1,key-0', ''])
      expect(await signer.verify(Buffer.from('m'), keyId, 'x')).toBe(false);
    expect(kms.commandCalls(VerifyMacCommand).map(({ args }) => args[0].input.KeyId)).toEqual(['key-1', 'key-1', 'key-1', 'key-1']);
  });

  it('returns false for a wrong MAC, and throws when KMS fails', async () => {
    kms
      .on(VerifyMacCommand)
      .rejectsOnce(new KMSInvalidMacException({ message: 'no', $metadata: {} }))
      .rejects(new Error('KMSInternal'));

    expect(await signer.verify(Buffer.from('m'), 'k', 'x')).toBe(false);
    await expect(signer.verify(Buffer.from('m'), 'k', 'x')).rejects.toThrow('KMSInternal');
  });
});

describe('SqsOutbox, SesMail and CodeBuildBuilds', () => {
  it('orders a message by its deployment and kind, without its text', async () => {
    sqs.on(SendMessageCommand).resolves({});

    await new SqsOutbox(new SQSClient({ region }), 'https://q').order({ deploymentId: 'd', kind: 'critical' });

    expect(sqs.commandCalls(SendMessageCommand)[0]?.args[0].input).toEqual({
      QueueUrl: 'https://q',
      MessageBody: '{"deploymentId":"d","kind":"critical"}',
    });
  });

  it('mails text, and adds a part for HTML if there is any', async () => {
    ses.on(SendEmailCommand).resolves({});
    const mail = new SesMail(new SESv2Client({ region }), 'sluice@example.com');

    await mail.send(['a@x'], { subject: 's', text: 't' });
    await mail.send(['a@x'], { subject: 's', text: 't', html: '<p>t</p>' });

    expect(ses.commandCalls(SendEmailCommand).map(({ args }) => Object.keys(args[0].input.Content?.Simple?.Body ?? {}))).toEqual([
      ['Text'],
      ['Text', 'Html'],
    ]);
  });

  it('reads a build’s phases in the build service’s own words, and a missing build as undefined', async () => {
    codebuild
      .on(BatchGetBuildsCommand)
      .resolvesOnce({
        builds: [
          { buildStatus: 'FAILED', phases: [{ phaseType: 'BUILD', phaseStatus: 'FAILED', contexts: [{ message: 'exit status 1' }] }] },
        ],
      })
      .resolves({ builds: [] });
    const builds = new CodeBuildBuilds(new CodeBuildClient({ region }));

    expect(await builds.status('b:1')).toMatchObject({
      status: 'FAILED',
      phases: [{ phase: 'BUILD', status: 'FAILED', message: 'exit status 1' }],
    });
    expect(await builds.status('b:2')).toBeUndefined();
  });
});
