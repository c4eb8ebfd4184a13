import { xml } from '../error-reply.ts';
import { type ApiCall, ApiError, type ApiReply } from '../host.ts';
import type { BucketSettings, Lock, Objects, StoredObject } from './objects.ts';
import { isChecksum, keptOf, payloadOf } from './payload.ts';

/** One S3 request with its bucket and key taken out of the path. */
export interface S3Request {
  readonly call: ApiCall;
  readonly bucket: string;
  readonly key: string;
  readonly objects: Objects;
}

type Operation = (request: S3Request) => ApiReply;

const XML = { 'content-type': 'application/xml' };
const iso = (ms: number) => new Date(ms).toISOString();
const document = (root: string, content: string): ApiReply => ({
  status: 200,
  headers: XML,
  body: `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${root}>`,
});
const tag = (name: string, value: string | number | boolean) => `<${name}>${xml(String(value))}</${name}>`;
const text = (body: Buffer, name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(body.toString('utf8'))?.[1];
const bypassed = ({ call }: S3Request) => call.headers['x-amz-bypass-governance-retention'] === 'true';

/** Names the S3 operation of a request, as IAM and CloudTrail would; what is unknown here names itself by its subresource. */
export function operationOf(call: ApiCall, key: string): string {
  const subresource = [...call.query.keys()].find((name) => SUBRESOURCES.includes(name));
  const level = key ? 'Object' : 'Bucket';
  const named = NAMES[`${call.method} ${level}${subresource ? ` ${subresource}` : ''}`] ?? `${call.method} ${level} ?${subresource ?? ''}`;
  return named === 'PutObject' && call.headers['x-amz-copy-source'] ? 'CopyObject' : named;
}

const SUBRESOURCES = [
  ...[
    'acl',
    'cors',
    'delete',
    'encryption',
    'legal-hold',
    'lifecycle',
    'location',
    'logging',
    'notification',
    'object-lock',
    'policy',
    'attributes',
  ],
  ...[
    'publicAccessBlock',
    'replication',
    'restore',
    'retention',
    'select',
    'tagging',
    'torrent',
    'uploadId',
    'uploads',
    'versioning',
    'versions',
    'website',
  ],
];

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

function lockOf(headers: Record<string, string>): Lock {
  const until = headers['x-amz-object-lock-retain-until-date'];
  const mode = headers['x-amz-object-lock-mode'];
  if (Boolean(until) !== Boolean(mode))
    throw new ApiError('InvalidArgument', 'x-amz-object-lock-mode and -retain-until-date must both be supplied');
  return {
    mode: mode ?? null,
    retain_until_ms: until ? Date.parse(until) : null,
    legal_hold: headers['x-amz-object-lock-legal-hold'] === 'ON' ? 1 : 0,
  };
}

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

function listObjects({ call: { query }, bucket, objects }: S3Request): ApiReply {
  const [prefix, delimiter, most] = [query.get('prefix') ?? '', query.get('delimiter') ?? '', Number(query.get('max-keys') ?? 1000)];
  const token = query.get('continuation-token');
  const after = token ? Buffer.from(token, 'base64url').toString('utf8') : (query.get('start-after') ?? query.get('marker') ?? '');
  const encoded =
    query.get('encoding-type') === 'url' ? (key: string) => encodeURIComponent(key).replaceAll('%2F', '/') : (key: string) => key;
  const { contents, prefixes, last } = grouped(objects.list(bucket, prefix, after), prefix, delimiter, most, after);
  const items = contents.map(
    (o) =>
      `<Contents>${tag('Key', encoded(o.key))}${tag('LastModified', iso(o.modified_ms))}${tag('ETag', o.etag)}${tag('Size', o.size)}${tag('StorageClass', 'STANDARD')}</Contents>`,
  );
  const commons = prefixes.map((common) => `<CommonPrefixes>${tag('Prefix', encoded(common))}</CommonPrefixes>`);
  const next = last ? tag('NextContinuationToken', Buffer.from(last).toString('base64url')) + tag('NextMarker', encoded(last)) : '';
  const head = tag('Name', bucket) + tag('Prefix', encoded(prefix)) + tag('KeyCount', items.length + commons.length) + tag('MaxKeys', most);
  return document('ListBucketResult', head + tag('IsTruncated', Boolean(last)) + next + items.join('') + commons.join(''));
}

function grouped(rows: StoredObject[], prefix: string, delimiter: string, most: number, after: string) {
  const contents: StoredObject[] = [];
  const prefixes = new Set<string>();
  let previous: string | undefined;
  for (const row of rows) {
    const cut = delimiter ? row.key.indexOf(delimiter, prefix.length) : -1;
    const common = cut < 0 ? undefined : row.key.slice(0, cut + delimiter.length);
    if (common && (prefixes.has(common) || after.startsWith(common))) {
      previous = row.key;
      continue;
    }
    if (contents.length + prefixes.size === most) return { contents, prefixes: [...prefixes], last: previous };
    if (common) prefixes.add(common);
    else contents.push(row);
    previous = row.key;
  }
  return { contents, prefixes: [...prefixes], last: undefined };
}

function listVersions({ call, bucket, objects }: S3Request): ApiReply {
  objects.settings(bucket);
  const rows = objects.versions(bucket, call.query.get('prefix') ?? '');
  const items = rows.map((o, at) => {
    const content =
      tag('Key', o.key) +
      tag('VersionId', o.version) +
      tag('IsLatest', rows[at - 1]?.key !== o.key) +
      tag('LastModified', iso(o.modified_ms));
    return o.deleted
      ? `<DeleteMarker>${content}</DeleteMarker>`
      : `<Version>${content}${tag('ETag', o.etag)}${tag('Size', o.size)}</Version>`;
  });
  return document('ListVersionsResult', tag('Name', bucket) + tag('IsTruncated', false) + items.join(''));
}

const versionOf = ({ call, bucket, key, objects }: S3Request) => objects.get(bucket, key, call.query.get('versionId') ?? undefined);

function putRetention(request: S3Request): ApiReply {
  const object = versionOf(request);
  const [mode = null, until] = [text(request.call.body, 'Mode'), text(request.call.body, 'RetainUntilDate')];
  request.objects.retain(
    object,
    { mode, retain_until_ms: until ? Date.parse(until) : null, legal_hold: object.legal_hold },
    bypassed(request),
  );
  return { status: 200, body: '' };
}

function putLegalHold(request: S3Request): ApiReply {
  const object = versionOf(request);
  request.objects.retain(object, { ...object, legal_hold: text(request.call.body, 'Status') === 'ON' ? 1 : 0 }, bypassed(request));
  return { status: 200, body: '' };
}

function getRetention(request: S3Request): ApiReply {
  const { mode, retain_until_ms } = versionOf(request);
  if (!mode) throw new ApiError('NoSuchObjectLockConfiguration', 'The specified object does not have a ObjectLock configuration', 404);
  return document('Retention', tag('Mode', mode) + tag('RetainUntilDate', iso(retain_until_ms ?? 0)));
}

function lockConfiguration({ bucket, objects }: S3Request): ApiReply {
  const { locked, defaultRetention } = objects.settings(bucket);
  if (!locked) throw new ApiError('ObjectLockConfigurationNotFoundError', 'Object Lock configuration does not exist for this bucket', 404);
  const rule =
    defaultRetention &&
    `<Rule><DefaultRetention>${tag('Mode', defaultRetention.mode)}${tag('Days', defaultRetention.days)}</DefaultRetention></Rule>`;
  return document('ObjectLockConfiguration', tag('ObjectLockEnabled', 'Enabled') + (rule ?? ''));
}

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
  GetObjectLegalHold: (request) => document('LegalHold', tag('Status', versionOf(request).legal_hold ? 'ON' : 'OFF')),
  PutObjectLegalHold: putLegalHold,
};
