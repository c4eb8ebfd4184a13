import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { DescribeKeyCommand, GenerateMacCommand, KMSClient, VerifyMacCommand } from '@aws-sdk/client-kms';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { realClock } from '../../clock/clock.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { pseudo, startTemplate } from '../assembly.ts';

const template = {
  Resources: {
    Copied: {
      Type: 'AWS::Events::Rule',
      Properties: {
        EventBusName: { Ref: 'Bus' },
        EventPattern: { source: ['shop'], detail: { price: [{ numeric: ['>', 10] }] } },
        Targets: [{ Id: 'queue', Arn: { 'Fn::GetAtt': ['Issues', 'Arn'] }, InputPath: '$.detail' }],
      },
    },
    Issues: {
      Type: 'AWS::SQS::Queue',
      Properties: { RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 2 } },
    },
    Dead: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'dead' } },
    Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: { 'Fn::Sub': `${pseudo('StackName')}-bus` } } },
    Archive: { Type: 'AWS::S3::Bucket', Properties: { ObjectLockEnabled: true } },
    Key: { Type: 'AWS::KMS::Key', Properties: { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' } },
    Alias: { Type: 'AWS::KMS::Alias', Properties: { AliasName: 'alias/links', TargetKeyId: { Ref: 'Key' } } },
    Reader: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: {
          Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
        },
      },
    },
    ReaderPolicy: {
      Type: 'AWS::IAM::Policy',
      Properties: {
        PolicyDocument: {
          Statement: {
            Effect: 'Allow',
            Action: 's3:GetObject',
            Resource: { 'Fn::Join': ['', [{ 'Fn::GetAtt': ['Archive', 'Arn'] }, '/*']] },
          },
        },
        Roles: [{ Ref: 'Reader' }],
      },
    },
    Logs: { Type: 'AWS::Logs::LogGroup', Properties: {} },
  },
  Outputs: { QueueUrl: { Value: { Ref: 'Issues' } }, LogArn: { Value: { 'Fn::GetAtt': ['Logs', 'Arn'] } } },
};

describe('a template on one machine', () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await startTemplate(template, realClock(), undefined, { 'abc.json': '{"asset":true}' });
  });
  afterAll(() => runtime.stop());

  it('delivers a matching event to the queue that the rule targets, and drops the others', async () => {
    const events = new EventBridgeClient(runtime.clientConfig());
    const queue = new SQSClient(runtime.clientConfig());
    const entry = (price: number) => ({
      EventBusName: 'Sluice-bus',
      Source: 'shop',
      DetailType: 'sold',
      Detail: JSON.stringify({ price }),
    });

    const put = await events.send(new PutEventsCommand({ Entries: [entry(5), entry(11), { ...entry(1), Source: 'aws.ec2' }] }));
    const { Messages = [] } = await queue.send(
      new ReceiveMessageCommand({ QueueUrl: runtime.outputs.QueueUrl, WaitTimeSeconds: 5, MaxNumberOfMessages: 10 }),
    );

    expect(put.FailedEntryCount).toBe(1);
    expect(put.Entries?.[2]?.ErrorCode).toBe('NotAuthorizedForSourceException');
    expect(Messages.map((m) => m.Body)).toEqual(['{"price":11}']);
  });

  it('hands out queue URLs that answer', async () => {
    const queue = new SQSClient(runtime.clientConfig());

    const sent = await queue.send(new SendMessageCommand({ QueueUrl: runtime.resource('Dead').ref, MessageBody: 'hello' }));

    expect(runtime.resource('Dead').ref).toBe(`${runtime.endpoint}/000000000000/dead`);
    expect(sent.MessageId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('signs and verifies with an HMAC key, by id and by alias, and refuses a wrong MAC by its name', async () => {
    const kms = new KMSClient(runtime.clientConfig());
    const message = { Message: Buffer.from('approve'), MacAlgorithm: 'HMAC_SHA_256' } as const;

    const { Mac, KeyId } = await kms.send(new GenerateMacCommand({ KeyId: runtime.resource('Key').ref, ...message }));
    const verified = await kms.send(new VerifyMacCommand({ KeyId: 'alias/links', ...message, Mac }));
    const forge = () => kms.send(new VerifyMacCommand({ KeyId, ...message, Message: Buffer.from('reject'), Mac }));
    const described = await kms.send(new DescribeKeyCommand({ KeyId }));

    expect(verified.MacValid).toBe(true);
    await expect(forge()).rejects.toMatchObject({ name: 'KMSInvalidMacException' });
    expect(described.KeyMetadata?.KeySpec).toBe('HMAC_256');
  });

  it('keeps every version of a locked object and refuses to delete one before its time', async () => {
    const s3 = new S3Client(runtime.clientConfig());
    const object = { Bucket: runtime.resource('Archive').ref, Key: 'anchors/2026 1.json' };
    const lock = { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: new Date(Date.now() + 60_000) } as const;

    const { VersionId } = await s3.send(new PutObjectCommand({ ...object, Body: 'first', ...lock }));
    await s3.send(new PutObjectCommand({ ...object, Body: 'second' }));
    const deletion = () => s3.send(new DeleteObjectCommand({ ...object, VersionId, BypassGovernanceRetention: true }));

    await expect(deletion()).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(await (await s3.send(new GetObjectCommand({ ...object, VersionId }))).Body?.transformToString()).toBe('first');
    expect(await (await s3.send(new GetObjectCommand(object))).Body?.transformToString()).toBe('second');
  });

  it('keeps a mail that was sent', async () => {
    const ses = new SESv2Client(runtime.clientConfig());
    const Content = { Simple: { Subject: { Data: 'Approve?' }, Body: { Text: { Data: 'now' }, Html: { Data: '<b>now</b>' } } } };

    await ses.send(
      new SendEmailCommand({ FromEmailAddress: 'sluice@example.com', Destination: { ToAddresses: ['ann@example.com'] }, Content }),
    );

    expect(runtime.mails()).toMatchObject([{ to: ['ann@example.com'], subject: 'Approve?', text: 'now', html: '<b>now</b>' }]);
  });

  it('gives each role its own credentials, knows the caller by them and keeps the statements that bind it', async () => {
    const role = runtime.resource('Reader').attributes.Arn ?? '';

    const described = new KMSClient(runtime.clientConfig(role)).send(new DescribeKeyCommand({ KeyId: runtime.resource('Key').ref }));

    await expect(described).rejects.toThrow('not authorized to perform: kms:DescribeKey');

    expect(runtime.recordedCalls).toContainEqual({ caller: role, service: 'kms', operation: 'DescribeKey' });
    const Resource = `${runtime.resource('Archive').attributes.Arn}/*`;
    expect(runtime.policies.identity.get(role)).toEqual([{ Effect: 'Allow', Action: 's3:GetObject', Resource }]);
    expect(runtime.policies.trust.get(role)?.[0]?.Action).toBe('sts:AssumeRole');
  });

  it('serves file assets from the asset bucket', async () => {
    const s3 = new S3Client(runtime.clientConfig());

    const asset = await s3.send(new GetObjectCommand({ Bucket: 'cdk-hnb659fds-assets-000000000000-us-east-1', Key: 'abc.json' }));

    expect(await asset.Body?.transformToString()).toBe('{"asset":true}');
  });

  it('names what it cannot do: service, operation, resource type', async () => {
    const kms = new KMSClient(runtime.clientConfig());
    const { CreateKeyCommand } = await import('@aws-sdk/client-kms');
    const template = (Type: string) => ({ Resources: { Odd: { Type } } });

    await expect(kms.send(new CreateKeyCommand({}))).rejects.toThrow('KMS CreateKey is not supported locally');
    await expect(startTemplate(template('AWS::EC2::Instance'), realClock())).rejects.toThrow('Odd (AWS::EC2::Instance): no local host');
    await expect(startTemplate(template('Custom::Thing'), realClock())).rejects.toThrow('Odd (Custom::Thing): custom resources');
  });
});
