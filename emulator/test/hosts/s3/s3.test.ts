import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  PutObjectRetentionCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../clock/clock.ts';
import type { Runtime } from '../../../runtime/runtime.ts';
import { startTemplate } from '../../assembly.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const DAY = 86_400_000;
const template = {
  Resources: {
    Plain: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'plain' } },
    Locked: {
      Type: 'AWS::S3::Bucket',
      Properties: {
        BucketName: 'locked',
        ObjectLockEnabled: true,
        ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 10 } } },
      },
    },
  },
};

describe('a bucket in virtual time', () => {
  const clock = new VirtualClock(START);
  let runtime: Runtime;
  let s3: S3Client;
  beforeAll(async () => {
    runtime = await startTemplate(template, clock);
    s3 = new S3Client(runtime.clientConfig());
  });
  afterAll(() => runtime.stop());

  const put = (Key: string, Body: PutObjectCommandInput['Body'], more: Partial<PutObjectCommandInput> = {}) =>
    s3.send(new PutObjectCommand({ Bucket: 'plain', Key, Body, ...more }));
  const read = async (Key: string, Bucket = 'plain') => (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
  const pass = (ms: number) => clock.runUntil(new Promise<void>((resolve) => clock.at(clock.nowMs() + ms, resolve)));

  it('returns an object with its content type, metadata and the time of the clock', async () => {
    await put('a/ä b+c.txt', 'hello', { ContentType: 'text/plain', Metadata: { digest: 'sha256:1' } });

    const head = await s3.send(new HeadObjectCommand({ Bucket: 'plain', Key: 'a/ä b+c.txt' }));

    expect(head).toMatchObject({
      ContentType: 'text/plain',
      ContentLength: 5,
      Metadata: { digest: 'sha256:1' },
      LastModified: new Date(START),
    });
    expect(await read('a/ä b+c.txt')).toBe('hello');
  });

  it('unwraps a streamed upload', async () => {
    await put('streamed', Readable.from([Buffer.alloc(100_000, 'a'), Buffer.from('end')]), { ContentLength: 100_003 });

    expect(await read('streamed')).toBe(`${'a'.repeat(100_000)}end`);
  });

  it('takes twenty megabytes', async () => {
    const body = Buffer.alloc(20 * 1024 * 1024, 'x');

    await put('big', body);

    expect((await s3.send(new HeadObjectCommand({ Bucket: 'plain', Key: 'big' }))).ContentLength).toBe(body.length);
  });

  it('refuses a body that does not match its checksum', async () => {
    await expect(put('torn', 'body', { ChecksumSHA256: Buffer.alloc(32).toString('base64') })).rejects.toMatchObject({ name: 'BadDigest' });
  });

  it('lets exactly one of two writers create a key that must not exist', async () => {
    const race = await Promise.allSettled(['one', 'two'].map((body) => put('once', body, { IfNoneMatch: '*' })));

    expect(race.map((r) => r.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(race.find((r) => r.status === 'rejected')?.reason).toMatchObject({
      name: 'PreconditionFailed',
      $metadata: { httpStatusCode: 412 },
    });
  });

  it('replaces an object only in the state that the writer has seen', async () => {
    const { ETag } = await put('state', '1');
    await put('state', '2', { IfMatch: ETag });

    await expect(put('state', '3', { IfMatch: ETag })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await expect(put('absent', '1', { IfMatch: ETag })).rejects.toMatchObject({ name: 'NoSuchKey' });
    expect(await read('state')).toBe('2');
  });

  it('lists by prefix and delimiter, page by page', async () => {
    for (const key of ['l/a', 'l/b/1', 'l/b/2', 'l/c']) await put(key, key);
    const page = async (ContinuationToken?: string) =>
      s3.send(new ListObjectsV2Command({ Bucket: 'plain', Prefix: 'l/', Delimiter: '/', MaxKeys: 2, ContinuationToken }));

    const first = await page();
    const second = await page(first.NextContinuationToken);

    expect([first.Contents?.map((o) => o.Key), first.CommonPrefixes?.map((p) => p.Prefix)]).toEqual([['l/a'], ['l/b/']]);
    expect([second.Contents?.map((o) => o.Key), second.CommonPrefixes, second.IsTruncated]).toEqual([['l/c'], undefined, false]);
  });

  it('copies, reads a range and deletes', async () => {
    await put('from', '0123456789', { Metadata: { kept: 'yes' } });

    await s3.send(new CopyObjectCommand({ Bucket: 'plain', Key: 'to', CopySource: 'plain/from' }));
    const part = await s3.send(new GetObjectCommand({ Bucket: 'plain', Key: 'to', Range: 'bytes=2-4' }));
    const Delete = { Objects: [{ Key: 'from' }, { Key: 'to' }] };
    await s3.send(new DeleteObjectsCommand({ Bucket: 'plain', Delete }));

    expect([await part.Body?.transformToString(), part.ContentRange, part.Metadata]).toEqual(['234', 'bytes 2-4/10', { kept: 'yes' }]);
    await expect(read('to')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  it('locks an object against every caller until the clock has passed the default retention', async () => {
    const anchor = { Bucket: 'locked', Key: 'anchor' };
    const { VersionId } = await s3.send(new PutObjectCommand({ ...anchor, Body: 'head' }));
    const remove = () => s3.send(new DeleteObjectCommand({ ...anchor, VersionId, BypassGovernanceRetention: true }));
    const shorten = () =>
      s3.send(
        new PutObjectRetentionCommand({ ...anchor, VersionId, Retention: { Mode: 'COMPLIANCE', RetainUntilDate: new Date(START + DAY) } }),
      );

    const { Retention } = await s3.send(new GetObjectRetentionCommand(anchor));
    expect(Retention).toEqual({ Mode: 'COMPLIANCE', RetainUntilDate: new Date(START + 10 * DAY) });
    await expect(remove()).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(shorten()).rejects.toMatchObject({ name: 'AccessDenied' });
    await pass(10 * DAY);
    await remove();

    await expect(read('anchor', 'locked')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  it('hides a versioned object behind a delete marker and keeps what was there', async () => {
    const object = { Bucket: 'locked', Key: 'hidden' };
    const { VersionId } = await s3.send(new PutObjectCommand({ ...object, Body: 'still here' }));

    const deleted = await s3.send(new DeleteObjectCommand(object));
    const { Versions, DeleteMarkers } = await s3.send(new ListObjectVersionsCommand({ Bucket: 'locked', Prefix: 'hidden' }));
    const old = await s3.send(new GetObjectCommand({ ...object, VersionId }));

    expect([deleted.DeleteMarker, Versions?.length, DeleteMarkers?.length]).toEqual([true, 1, 1]);
    expect(await old.Body?.transformToString()).toBe('still here');
    await expect(read('hidden', 'locked')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  it('refuses an operation, a lock on an unlocked bucket and a bucket property that it does not do, by name', async () => {
    const multipart = () => s3.send(new CreateMultipartUploadCommand({ Bucket: 'plain', Key: 'x' }));
    const odd = (Properties: object) => startTemplate({ Resources: { Odd: { Type: 'AWS::S3::Bucket', Properties } } }, clock);

    await expect(multipart()).rejects.toThrow('S3 POST Object ?uploads is not supported locally');
    await expect(put('x', 'x', { ObjectLockLegalHoldStatus: 'ON' })).rejects.toThrow('missing Object Lock Configuration');
    await expect(odd({ NotificationConfiguration: {} })).rejects.toThrow(/Odd.*NotificationConfiguration/s);
  });
});
