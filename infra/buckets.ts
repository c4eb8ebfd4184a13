import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

const closed = {
  enforceSSL: true,
  encryption: BucketEncryption.S3_MANAGED,
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  versioned: true,
  removalPolicy: RemovalPolicy.RETAIN,
};

/** Briefs, plans, commits and zips; and the two archives of the audit trail, the first under Object Lock. */
export class Buckets extends Construct {
  readonly artifacts: Bucket;
  readonly archive: Bucket;
  readonly backup: Bucket;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.artifacts = new Bucket(this, 'Artifacts', { ...closed, lifecycleRules: [{ noncurrentVersionExpiration: Duration.days(90) }] });
    this.archive = new Bucket(this, 'Archive', { ...closed, objectLockEnabled: true });
    this.backup = new Bucket(this, 'Backup', closed);
  }
}
