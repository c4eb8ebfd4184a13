import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Context } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { handler } from '#handlers/archive';

const s3 = mockClient(S3Client);
const said = vi.spyOn(console, 'log').mockImplementation(() => undefined);
const row = { deploymentId: 'd', sequence: 3, at: '2026-01-01T00:00:00.000Z', event: { type: 'LessonRecorded' } };
const record = (eventName: string, image: object = row) => ({
  eventID: eventName,
  eventName,
  dynamodb: { NewImage: marshall(image), SequenceNumber: '1' },
});
const archive = (...Records: object[]) => handler({ Records }, {} as Context);
const counted = () =>
  said.mock.calls.flatMap(([line]) => {
    const { AuditRowsTampered } = JSON.parse(String(line));
    return AuditRowsTampered === undefined ? [] : [AuditRowsTampered];
  });

beforeEach(() => {
  Object.assign(process.env, { ARCHIVE_BUCKET: 'archive', BACKUP_BUCKET: 'backup', AWS_REGION: 'us-east-1' });
  s3.reset();
  said.mockClear();
});

describe('the archive of audit rows', () => {
  it('puts each new row into both archives by day, deployment and number', async () => {
    s3.on(PutObjectCommand).resolves({});

    await archive(record('INSERT'));

    expect(s3.commandCalls(PutObjectCommand).map(({ args }) => [args[0].input.Bucket, args[0].input.Key, args[0].input.Body])).toEqual(
      ['archive', 'backup'].map((bucket) => [bucket, 'autonomous-deployments/2026-01-01/d/000003.jsonl', `${JSON.stringify(row)}\n`]),
    );
    expect(counted()).toEqual([0]);
  });

  it('counts tampering even if the archive refuses the same batch', async () => {
    s3.on(PutObjectCommand).rejects(new Error('S3 is down'));

    await expect(archive(record('INSERT'), record('MODIFY'), record('REMOVE'))).rejects.toThrow('S3 is down');
    expect(counted()).toEqual([2]);
  });

  it('refuses a record if its image is not an item, and names the field', async () => {
    const broken = { ...record('INSERT'), dynamodb: { NewImage: 'a text', SequenceNumber: '1' } };

    await expect(archive(broken)).rejects.toThrow('NewImage');
  });
});
