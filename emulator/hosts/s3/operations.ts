import { type ApiCall, ApiError, type ApiReply } from '../host.ts';
import { listObjects, listVersions } from './listing.ts';
import { getLegalHold, getRetention, lockConfiguration, lockOf, putLegalHold, putRetention } from './locks.ts';
import type { BucketSettings, StoredObject } from './objects.ts';
import { isChecksum, keptOf, payloadOf } from './payload.ts';
import { bypassed, document, iso, type S3Request, tag, text } from './request.ts';

type Operation = (request: S3Request) => ApiReply;

const expectationOf = ({ call }: S3Request) => ({ ifMatch: call.headers['if-match'], ifNoneMatch: call.headers['if-none-match'] });

const versionHeader = ({ version }: { version?: string }): Record<string, string> =>
  version && version !== 'null' ? { 'x-amz-version-id': version } : {};

function putObject(request: S3Request): ApiReply {
  const { call, bucket, key, objects } = request;
  const { body, headers } = payloadOf(call.headers, call.body);
  const stored = objects.put(bucket, key, body, headers, lockOf(call.headers), expectationOf(request));
  const checksums = Object.entries(headers).filter(([name]) => isChecksum(name));
  return { status: 200, headers: { etag: stored.etag, ...Object.fromEntries(checksums), ...versionHeader(stored) }, body: '' };
}

function copyObject(request: S3Request): ApiReply {
  const { call, bucket, key, objects } = request;
  const [path = '', version] = (call.headers['x-amz-copy-source'] ?? '').replace(/^\//, '').split('?versionId=');
  const [from = '', ...rest] = path.split('/').map(decodeURIComponent);
  const source = objects.get(from, rest.join('/'), version);
  const headers = call.headers['x-amz-metadata-directive'] === 'REPLACE' ? keptOf(call.headers) : JSON.parse(source.headers);
  const stored = objects.put(bucket, key, Buffer.from(source.body), headers, lockOf(call.headers), expectationOf(request));
  const reply = document('CopyObjectResult', tag('ETag', stored.etag) + tag('LastModified', iso(stored.modified_ms)));
  return { ...reply, headers: { ...reply.headers, ...versionHeader(stored) } };
}

function getObject({ call, bucket, key, objects }: S3Request): ApiReply {
  const object = objects.get(bucket, key, call.query.get('versionId') ?? undefined);
  const headers = objectHeaders(object, call);
  if (call.headers['if-none-match'] === object.etag) return { status: 304, headers, body: '' };
  const demanded = call.headers['if-match'];
  if (demanded && demanded !== object.etag && demanded !== '*') throw new ApiError('PreconditionFailed', 'If-Match did not hold', 412);
  const range = rangeOf(call.headers.range, object.size);
  if (!range) return { status: 200, headers: { ...headers, 'content-length': String(object.size) }, body: Buffer.from(object.body) };
  const part = Buffer.from(object.body).subarray(range.first, range.last + 1);
  const partial = { 'content-range': `bytes ${range.first}-${range.last}/${object.size}`, 'content-length': String(part.length) };
  return { status: 206, headers: { ...withoutChecksums(headers), ...partial }, body: part };
}

const withoutChecksums = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !isChecksum(name)));

function objectHeaders(object: StoredObject, call: ApiCall): Record<string, string> {
  const kept: Record<string, string> = JSON.parse(object.headers);
  return {
    ...(call.headers['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED' ? kept : withoutChecksums(kept)),
    etag: object.etag,
    'last-modified': new Date(object.modified_ms).toUTCString(),
    'accept-ranges': 'bytes',
    ...versionHeader(object),
    ...(object.mode && { 'x-amz-object-lock-mode': object.mode, 'x-amz-object-lock-retain-until-date': iso(object.retain_until_ms ?? 0) }),
    ...(object.legal_hold && { 'x-amz-object-lock-legal-hold': 'ON' }),
  };
}

function rangeOf(header: string | undefined, size: number): { first: number; last: number } | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (!from && !to) return undefined;
  const first = from ? Number(from) : Math.max(0, size - Number(to));
  if (first >= size) throw new ApiError('InvalidRange', 'The requested range is not satisfiable', 416);
  return { first, last: from && to ? Math.min(Number(to), size - 1) : size - 1 };
}

function deleteObject(request: S3Request): ApiReply {
  const { call, bucket, key, objects } = request;
  const { version, marker } = objects.delete(bucket, key, call.query.get('versionId') ?? undefined, bypassed(request));
  return { status: 204, headers: { ...versionHeader({ version }), ...(marker && { 'x-amz-delete-marker': 'true' }) }, body: '' };
}

function deleteObjects(request: S3Request): ApiReply {
  const entries = [...request.call.body.toString('utf8').matchAll(/<Object>(.*?)<\/Object>/gs)].map(([, entry = '']) => Buffer.from(entry));
  const results = entries.map((entry) => deleteOne(request, unescaped(text(entry, 'Key') ?? ''), text(entry, 'VersionId')));
  return document('DeleteResult', results.join(''));
}

function deleteOne(request: S3Request, key: string, version: string | undefined): string {
  try {
    request.objects.delete(request.bucket, key, version, bypassed(request));
    return `<Deleted>${tag('Key', key)}</Deleted>`;
  } catch (thrown) {
    if (!(thrown instanceof ApiError)) throw thrown;
    return `<Error>${tag('Key', key)}${tag('Code', thrown.name)}${tag('Message', thrown.message)}</Error>`;
  }
}

const unescaped = (value: string) =>
  value.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" })[name] ?? '');

const ofExisting = (_settings: BucketSettings, reply: ApiReply): ApiReply => reply;

/** The S3 operations that run locally, by name; the others are refused by the host. */
export const OPERATIONS: Record<string, Operation> = {
  HeadBucket: ({ bucket, objects }) => ofExisting(objects.settings(bucket), { status: 200, body: '' }),
  GetBucketLocation: ({ bucket, objects }) => ofExisting(objects.settings(bucket), document('LocationConstraint', '')),
  GetBucketVersioning: ({ bucket, objects }) =>
    document('VersioningConfiguration', objects.settings(bucket).versioned ? tag('Status', 'Enabled') : ''),
  GetObjectLockConfiguration: lockConfiguration,
  ListObjectsV2: listObjects,
  ListObjectVersions: listVersions,
  DeleteObjects: deleteObjects,
  PutObject: putObject,
  CopyObject: copyObject,
  GetObject: getObject,
  HeadObject: getObject,
  DeleteObject: deleteObject,
  GetObjectRetention: getRetention,
  PutObjectRetention: putRetention,
  GetObjectLegalHold: getLegalHold,
  PutObjectLegalHold: putLegalHold,
};
