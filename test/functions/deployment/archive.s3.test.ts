import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { S3Archive } from '#deployment/archive.s3';

const s3 = mockClient(S3Client);
const archive = new S3Archive(new S3Client({ region: 'us-east-1' }), 'archive');

beforeEach(() => {
  s3.reset();
  s3.on(PutObjectCommand).resolves({});
});

const put = () => s3.commandCalls(PutObjectCommand).map(({ args }) => args[0].input);

describe('S3Archive', () => {
  it('puts rows into its own bucket under the key that it was given', async () => {
    await archive.put('rows/1.jsonl', '{}\n');

    expect(put().map(({ Bucket, Key }) => [Bucket, Key])).toEqual([['archive', 'rows/1.jsonl']]);
  });

  it('puts rows as NDJSON, with exactly the text that it was given', async () => {
    await archive.put('rows/1', '{"a":"é"}\n');

    expect(put()).toEqual([{ Bucket: 'archive', Key: 'rows/1', Body: '{"a":"é"}\n', ContentType: 'application/x-ndjson' }]);
  });
});
