import type { ApiCall } from '../hosts/host.ts';
import { type Need, type Needs, need } from './need.ts';

/** Reads bucket and key out of a path-style call. */
export function s3Target({ path }: Pick<ApiCall, 'path'>): { bucket: string; key: string } {
  const [bucket = '', ...rest] = path.slice(1).split('/');
  return { bucket: decodeURIComponent(bucket), key: rest.map(decodeURIComponent).join('/') };
}

const bucketArn = (bucket: string) => `arn:aws:s3:::${bucket}`;
const arnOf = (call: Pick<ApiCall, 'path'>) => {
  const { bucket, key } = s3Target(call);
  return bucketArn(bucket) + (key ? `/${key}` : '');
};

const on =
  (action: string): Needs =>
  (call) => [need(`s3:${action}`, arnOf(call))];

/** Naming a version makes it another action. */
const onVersion =
  (action: string): Needs =>
  (call) => [need(`s3:${action}${call.query.has('versionId') ? 'Version' : ''}`, arnOf(call))];

/** Writing with retention, a legal hold or tags in the headers needs the right to set each of them. */
const put: Needs = (call) => {
  const extras: Record<string, string> = {
    'x-amz-object-lock-mode': 'PutObjectRetention',
    'x-amz-object-lock-legal-hold': 'PutObjectLegalHold',
    'x-amz-tagging': 'PutObjectTagging',
  };
  const also = Object.entries(extras).filter(([header]) => call.headers[header] !== undefined);
  return ['PutObject', ...also.map(([, action]) => action)].map((action) => need(`s3:${action}`, arnOf(call)));
};

const copy: Needs = (call, where) => {
  const [path = '', search = ''] = (call.headers['x-amz-copy-source'] ?? '').split('?');
  const source = { path: path.startsWith('/') ? path : `/${path}`, query: new URLSearchParams(search) };
  return [...onVersion('GetObject')({ ...call, ...source }, where), ...put(call, where)];
};

const bypassing =
  (needs: Needs): Needs =>
  (call, where) => {
    const bypass = call.headers['x-amz-bypass-governance-retention'] === 'true';
    return [...needs(call, where), ...(bypass ? on('BypassGovernanceRetention')(call, where) : [])];
  };

const deleteMany: Needs = (call) => {
  const objects = call.body.toString('utf8').match(/<Object>.*?<\/Object>/gs) ?? [];
  return objects.map((object): Need => {
    const [, key = ''] = /<Key>([^<]*)<\/Key>/.exec(object) ?? [];
    return need(object.includes('<VersionId>') ? 's3:DeleteObjectVersion' : 's3:DeleteObject', `${arnOf(call)}/${key}`);
  });
};

/** S3 checks this right before it reports that a key does not exist. Without it, the caller gets AccessDenied. */
export const absenceNeed = (call: ApiCall): Need => need('s3:ListBucket', bucketArn(s3Target(call).bucket));

/** The rights that each API of S3 needs. */
export const s3Needs: Readonly<Record<string, Needs>> = {
  HeadBucket: on('ListBucket'),
  ListObjectsV2: on('ListBucket'),
  ListObjectVersions: on('ListBucketVersions'),
  GetBucketLocation: on('GetBucketLocation'),
  GetBucketVersioning: on('GetBucketVersioning'),
  GetObjectLockConfiguration: on('GetBucketObjectLockConfiguration'),
  GetObject: onVersion('GetObject'),
  HeadObject: onVersion('GetObject'),
  PutObject: put,
  CopyObject: copy,
  DeleteObject: bypassing(onVersion('DeleteObject')),
  DeleteObjects: bypassing(deleteMany),
  GetObjectRetention: on('GetObjectRetention'),
  PutObjectRetention: bypassing(on('PutObjectRetention')),
  GetObjectLegalHold: on('GetObjectLegalHold'),
  PutObjectLegalHold: on('PutObjectLegalHold'),
};
