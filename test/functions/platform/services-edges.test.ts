import { createHmac } from 'node:crypto';
import { BatchGetBuildsCommand, CodeBuildClient } from '@aws-sdk/client-codebuild';
import { GenerateMacCommand, KMSClient, KMSInvalidMacException, VerifyMacCommand } from '@aws-sdk/client-kms';
import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { S3Archive } from '#deployment/archive.s3';
import { S3Artifacts } from '#fix/artifacts.s3';
import { CodeBuildBuilds } from '#fix/builds.codebuild';
import { SesMail } from '#messages/mail.ses';
import { SqsOutbox } from '#messages/outbox.sqs';
import { KmsLinkSigner } from '#web/links.kms';

const region = 'us-east-1';
const s3 = mockClient(S3Client);
const kms = mockClient(KMSClient);
const sqs = mockClient(SQSClient);
const ses = mockClient(SESv2Client);
const codebuild = mockClient(CodeBuildClient);
const refusal = { message: 'refused', $metadata: {} };
const stored = (text: string) => ({ Body: { transformToByteArray: async () => Buffer.from(text) } as never });

beforeEach(() => {
  for (const mock of [s3, kms, sqs, ses, codebuild]) mock.reset();
});

describe('S3Artifacts and S3Archive at their edges', () => {
  const artifacts = new S3Artifacts(new S3Client({ region }), 'bucket');

  it('stores briefs as JSON and rows as NDJSON, with exactly the given text', async () => {
    s3.on(PutObjectCommand).resolves({});

    await artifacts.putBrief('d1', { a: 'é' });
    await new S3Archive(new S3Client({ region }), 'archive').put('rows/1', '{}\n');

    expect(s3.commandCalls(PutObjectCommand).map(({ args }) => args[0].input)).toEqual([
      { Bucket: 'bucket', Key: 'deployments/d1/brief.json', Body: '{"a":"é"}', ContentType: 'application/json' },
      { Bucket: 'archive', Key: 'rows/1', Body: '{}\n', ContentType: 'application/x-ndjson' },
    ]);
  });

  it('reads UTF-8, and reads an empty artifact as empty, not as missing', async () => {
    s3.on(GetObjectCommand).resolvesOnce(stored('naïve')).resolvesOnce(stored('')).rejects(new NoSuchKey(refusal));

    expect(await artifacts.readText('k')).toBe('naïve');
    expect(await artifacts.readText('k')).toBe('');
    expect(await artifacts.readText('k')).toBeUndefined();
    expect(s3.commandCalls(GetObjectCommand)[0]?.args[0].input).toEqual({ Bucket: 'bucket', Key: 'k' });
  });

  it('measures a missing artifact as undefined, and throws when S3 refuses access', async () => {
    s3.on(GetObjectCommand).rejectsOnce(new NoSuchKey(refusal)).rejects(new Error('AccessDenied'));

    expect(await artifacts.measure('k')).toBeUndefined();
    await expect(artifacts.measure('k')).rejects.toThrow('AccessDenied');
  });
});

describe('KmsLinkSigner at its edges', () => {
  const signer = new KmsLinkSigner(new KMSClient({ region }), 'key-1');
  const macOf = (key: string, message: Uint8Array) => createHmac('sha256', key).update(message).digest();

  it('sends the message to KMS with the algorithm HMAC_SHA_256', async () => {
    kms.on(GenerateMacCommand).resolves({ Mac: Buffer.from('mac') });
    await signer.sign(Buffer.from('m'));

    expect(kms.commandCalls(GenerateMacCommand)[0]?.args[0].input).toEqual({
      KeyId: 'key-1',
      MacAlgorithm: 'HMAC_SHA_256',
      Message: Buffer.from('m'),
    });
  });

  it('takes a MAC as wrong unless KMS says that it is valid', async () => {
    kms.on(VerifyMacCommand).resolvesOnce({}).resolves({ MacValid: false });

    expect(await signer.verify(Buffer.from('m'), 'key-1', 'AA')).toBe(false);
    expect(await signer.verify(Buffer.from('m'), 'key-1', 'AA')).toBe(false);
  });

  it('verifies only the messages that it signed', async () => {
    kms.on(GenerateMacCommand).callsFake(({ KeyId, Message }) => ({ Mac: macOf(KeyId, Message) }));
    kms.on(VerifyMacCommand).callsFake(({ KeyId, Message, Mac }) => {
      if (!macOf(KeyId, Message).equals(Mac)) throw new KMSInvalidMacException(refusal);
      return { MacValid: true };
    });

    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), async (message, other) => {
        const { keyId, mac } = await signer.sign(message);

        expect(await signer.verify(message, keyId, mac)).toBe(true);
        expect(await signer.verify(message, 'key-2', mac)).toBe(false);
        expect(await signer.verify(other, keyId, mac)).toBe(Buffer.from(message).equals(Buffer.from(other)));
      }),
      { seed: 15, numRuns: 50 },
    );
  });
});

describe('SqsOutbox and SesMail at their edges', () => {
  it('mails from one address to one recipient, with each part as UTF-8', async () => {
    ses.on(SendEmailCommand).resolves({});
    const mail = new SesMail(new SESv2Client({ region }), 'sluice@example.com');

    await mail.send(['ana@x'], { subject: 'Schön', text: 't', html: '<p>t</p>' });
    await mail.send(['ana@x'], { subject: 's', text: 't', html: '' });

    const part = (Data: string) => ({ Data, Charset: 'UTF-8' });
    expect(ses.commandCalls(SendEmailCommand).map(({ args }) => args[0].input)).toEqual([
      {
        FromEmailAddress: 'sluice@example.com',
        Destination: { ToAddresses: ['ana@x'] },
        Content: { Simple: { Subject: part('Schön'), Body: { Text: part('t'), Html: part('<p>t</p>') } } },
      },
      {
        FromEmailAddress: 'sluice@example.com',
        Destination: { ToAddresses: ['ana@x'] },
        Content: { Simple: { Subject: part('s'), Body: { Text: part('t') } } },
      },
    ]);
  });

  it('throws when SQS or SES refuses a message', async () => {
    sqs.on(SendMessageCommand).rejects(new Error('QueueDoesNotExist'));
    ses.on(SendEmailCommand).rejects(new Error('MessageRejected'));

    await expect(new SqsOutbox(new SQSClient({ region }), 'q').order({ deploymentId: 'd', kind: 'deployed' })).rejects.toThrow('QueueDoes');
    await expect(new SesMail(new SESv2Client({ region }), 'f').send(['a'], { subject: 's', text: 't' })).rejects.toThrow('Rejected');
  });
});

describe('CodeBuildBuilds at its edges', () => {
  const builds = new CodeBuildBuilds(new CodeBuildClient({ region }));

  it('reads each phase with its messages, and the exported variables', async () => {
    codebuild.on(BatchGetBuildsCommand).resolves({
      builds: [
        {
          buildStatus: 'SUCCEEDED',
          phases: [
            { phaseType: 'SUBMITTED' as never, phaseStatus: 'SUCCEEDED' },
            { phaseType: 'BUILD', phaseStatus: 'FAILED', contexts: [{ message: 'one' }, {}, { message: 'two' }] },
            {},
          ],
          exportedEnvironmentVariables: [{ name: 'COMMIT', value: 'c' }, { name: 'EMPTY' }],
        },
      ],
    });

    expect(await builds.status('b:1')).toEqual({
      buildId: 'b:1',
      status: 'SUCCEEDED',
      phases: [
        { phase: 'SUBMITTED', status: 'SUCCEEDED', message: '' },
        { phase: 'BUILD', status: 'FAILED', message: 'one  two' },
        { phase: '', status: '', message: '' },
      ],
      exported: { COMMIT: 'c', EMPTY: '' },
    });
    expect(codebuild.commandCalls(BatchGetBuildsCommand)[0]?.args[0].input).toEqual({ ids: ['b:1'] });
  });

  it('reads a build without a status as UNKNOWN', async () => {
    codebuild
      .on(BatchGetBuildsCommand)
      .resolvesOnce({ builds: [{}] })
      .resolves({});

    expect(await builds.status('b:1')).toEqual({ buildId: 'b:1', status: 'UNKNOWN', phases: [], exported: {} });
    expect(await builds.status('b:1')).toBeUndefined();
  });
});
