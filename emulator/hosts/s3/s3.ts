import { join } from 'node:path';
import * as z from 'zod';
import { physicalName } from '../../stack/physical-name.ts';
import { propertiesOf } from '../../stack/properties.ts';
import { ApiError, type Host, type HostContext } from '../host.ts';
import { type BucketSettings, Objects } from './objects.ts';
import { OPERATIONS } from './operations.ts';
import { operationOf } from './request.ts';

/** The host of buckets, which can also take an object from the runtime itself (the assets of a deployment). */
export interface S3Host extends Host {
  putAsset(bucket: string, key: string, body: Buffer): void;
}

const DefaultRetention = z.strictObject({
  Mode: z.enum(['COMPLIANCE', 'GOVERNANCE']),
  Days: z.number().optional(),
  Years: z.number().optional(),
});
const data = z.unknown().optional();

/**
 * The properties of `AWS::S3::Bucket` that work locally. Lifecycle rules and access settings are accepted without
 * effect; any other is refused by name.
 */
const BucketProperties = z.strictObject({
  BucketName: z.string().optional(),
  VersioningConfiguration: z.strictObject({ Status: z.enum(['Enabled', 'Suspended']) }).optional(),
  ObjectLockEnabled: z.boolean().optional(),
  ObjectLockConfiguration: z
    .strictObject({ ObjectLockEnabled: z.literal('Enabled'), Rule: z.strictObject({ DefaultRetention }).optional() })
    .optional(),
  BucketEncryption: data,
  LifecycleConfiguration: data,
  LoggingConfiguration: data,
  OwnershipControls: data,
  PublicAccessBlockConfiguration: data,
  AccessControl: data,
  Tags: data,
});

/** Hosts `AWS::S3::Bucket` and the S3 API, path style only. */
export function hostS3(context: HostContext): S3Host {
  const objects = new Objects(join(context.dataDir, 'objects.sqlite'), context.clock);
  return {
    signingNames: ['s3'],
    resources: {
      'AWS::S3::Bucket': async ({ logicalId, properties }) => {
        const { name, settings } = bucketOf(logicalId, properties, context);
        objects.putBucket(name, settings);
        return { ref: name, attributes: attributesOf(name, context) };
      },
    },
    async handle(call) {
      const [bucket = '', ...rest] = call.path.slice(1).split('/');
      const key = rest.map(decodeURIComponent).join('/');
      const name = operationOf(call, key);
      const operation = OPERATIONS[name];
      if (!bucket || !operation) throw new ApiError('NotImplemented', `S3 ${bucket ? name : 'ListBuckets'} is not supported locally`, 501);
      return operation({ call, bucket: decodeURIComponent(bucket), key, objects });
    },
    putAsset(bucket, key, body) {
      objects.putBucket(bucket, { versioned: false, locked: false });
      objects.put(bucket, key, body, {}, { mode: null, retain_until_ms: null, legal_hold: 0 }, {});
    },
    start: async () => undefined,
    stop: async () => objects.close(),
  };
}

function bucketOf(logicalId: string, properties: unknown, { account, region }: HostContext): { name: string; settings: BucketSettings } {
  const {
    BucketName,
    VersioningConfiguration,
    ObjectLockEnabled = false,
    ObjectLockConfiguration,
  } = propertiesOf(BucketProperties, properties);
  const retention = ObjectLockConfiguration?.Rule?.DefaultRetention;
  const settings = {
    versioned: ObjectLockEnabled || VersioningConfiguration?.Status === 'Enabled',
    locked: ObjectLockEnabled,
    defaultRetention: retention && { mode: retention.Mode, days: retention.Days ?? (retention.Years ?? 0) * 365 },
  };
  return { name: BucketName ?? `${physicalName(logicalId, 40).toLowerCase()}-${account}-${region}`, settings };
}

function attributesOf(name: string, { region }: HostContext): Record<string, string> {
  const domain = `${name}.s3.amazonaws.com`;
  return { Arn: `arn:aws:s3:::${name}`, DomainName: domain, RegionalDomainName: `${name}.s3.${region}.amazonaws.com` };
}
