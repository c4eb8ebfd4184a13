import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

const ARCHIVED_FOR = Duration.days(365);

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
    this.archive = new Bucket(this, 'Archive', {
      ...closed,
      // Governance: an account owner with a right of its own can still correct a mistake; compliance could not be undone for a year.
      objectLockDefaultRetention: ObjectLockRetention.governance(ARCHIVED_FOR),
    });
    this.backup = new Bucket(this, 'Backup', closed);
  }

  /** ARNs of the same objects in both archives. */
  archiveArns(keys: string): string[] {
    return [this.archive.arnForObjects(keys), this.backup.arnForObjects(keys)];
  }
}
