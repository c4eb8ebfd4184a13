import { createHash } from 'node:crypto';
import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { S3Artifacts } from '#fix/artifacts.s3';

const s3 = mockClient(S3Client);
const artifacts = new S3Artifacts(new S3Client({ region: 'us-east-1' }), 'bucket');
const missing = new NoSuchKey({ message: 'no', $metadata: {} });
const stored = (text: string) => ({ Body: { transformToByteArray: async () => Buffer.from(text) } as never });

beforeEach(() => s3.reset());

describe('S3Artifacts', () => {
  it('measures the stored bytes and names their version', async () => {
    s3.on(GetObjectCommand).resolves({ ...stored('zip'), VersionId: 'v1' });

    expect(await artifacts.measure('k')).toEqual({
      key: 'k',
      versionId: 'v1',
      digest: createHash('sha256').update('zip').digest('base64'),
    });
  });

  it('measures a missing artifact as undefined, and throws when S3 refuses access', async () => {
    s3.on(GetObjectCommand).rejectsOnce(missing).rejects(new Error('AccessDenied'));

    expect(await artifacts.measure('k')).toBeUndefined();
    await expect(artifacts.measure('k')).rejects.toThrow('AccessDenied');
  });

  it('reads a missing artifact as undefined, and throws at any other failure', async () => {
    s3.on(GetObjectCommand).rejectsOnce(missing).rejects(new Error('AccessDenied'));

    expect(await artifacts.readText('k')).toBeUndefined();
    await expect(artifacts.readText('k')).rejects.toThrow('AccessDenied');
  });

  it('reads UTF-8, and returns an empty text only for an empty artifact', async () => {
    s3.on(GetObjectCommand).resolvesOnce(stored('naïve')).resolvesOnce(stored('')).rejects(missing);

    expect(await artifacts.readText('k')).toBe('naïve');
    expect(await artifacts.readText('k')).toBe('');
    expect(await artifacts.readText('k')).toBeUndefined();
    expect(s3.commandCalls(GetObjectCommand)[0]?.args[0].input).toEqual({ Bucket: 'bucket', Key: 'k' });
  });

  it('stores a brief as JSON under its deployment, with exactly its text', async () => {
    s3.on(PutObjectCommand).resolves({});

    expect(await artifacts.putBrief('d1', { a: 'é' })).toBe('deployments/d1/brief.json');
    expect(s3.commandCalls(PutObjectCommand).map(({ args }) => args[0].input)).toEqual([
      { Bucket: 'bucket', Key: 'deployments/d1/brief.json', Body: '{"a":"é"}', ContentType: 'application/json' },
    ]);
  });
});
