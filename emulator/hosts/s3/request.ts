import { xml } from '../../endpoint/error-reply.ts';
import type { ApiCall, ApiReply } from '../host.ts';
import type { Objects } from './objects.ts';

/** One S3 request with its bucket and key taken out of the path. */
export interface S3Request {
  readonly call: ApiCall;
  readonly bucket: string;
  readonly key: string;
  readonly objects: Objects;
}

/** Names the S3 operation of a request, as IAM and CloudTrail do. An unknown one is named by its subresource. */
export function operationOf(call: ApiCall, key: string): string {
  const subresource = [...call.query.keys()].find((name) => SUBRESOURCES.includes(name));
  const level = key ? 'Object' : 'Bucket';
  const named = NAMES[`${call.method} ${level}${subresource ? ` ${subresource}` : ''}`] ?? `${call.method} ${level} ?${subresource ?? ''}`;
  return named === 'PutObject' && call.headers['x-amz-copy-source'] ? 'CopyObject' : named;
}

const SUBRESOURCES = [
  'acl attributes cors delete encryption legal-hold lifecycle location logging notification object-lock policy publicAccessBlock',
  'replication restore retention select tagging torrent uploadId uploads versioning versions website',
].flatMap((names) => names.split(' '));

const NAMES: Record<string, string> = {
  'HEAD Bucket': 'HeadBucket',
  'GET Bucket': 'ListObjectsV2',
  'GET Bucket location': 'GetBucketLocation',
  'GET Bucket versions': 'ListObjectVersions',
  'GET Bucket versioning': 'GetBucketVersioning',
  'GET Bucket object-lock': 'GetObjectLockConfiguration',
  'POST Bucket delete': 'DeleteObjects',
  'PUT Object': 'PutObject',
  'GET Object': 'GetObject',
  'HEAD Object': 'HeadObject',
  'DELETE Object': 'DeleteObject',
  'GET Object retention': 'GetObjectRetention',
  'PUT Object retention': 'PutObjectRetention',
  'GET Object legal-hold': 'GetObjectLegalHold',
  'PUT Object legal-hold': 'PutObjectLegalHold',
};

/** True if the caller asks to override GOVERNANCE retention. */
export const bypassed = ({ call }: S3Request) => call.headers['x-amz-bypass-governance-retention'] === 'true';

const XML = { 'content-type': 'application/xml' };

export const iso = (ms: number) => new Date(ms).toISOString();

/** Wraps content as an S3 XML answer. */
export const document = (root: string, content: string): ApiReply => ({
  status: 200,
  headers: XML,
  body: `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${root}>`,
});

export const tag = (name: string, value: string | number | boolean) => `<${name}>${xml(String(value))}</${name}>`;

/** Reads the text of an XML element of a request body. */
export const text = (body: Buffer, name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(body.toString('utf8'))?.[1];
