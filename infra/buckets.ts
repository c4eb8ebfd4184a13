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

/** One bucket for briefs, plans, commits and zips, and two archives of the audit trail. `archive` has Object Lock. */
export class Buckets extends Construct {
  readonly artifacts: Bucket;
  readonly archive: Bucket;
  readonly backup: Bucket;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.artifacts = new Bucket(this, 'Artifacts', { ...closed, lifecycleRules: [{ noncurrentVersionExpiration: Duration.days(90) }] });
    this.archive = new Bucket(this, 'Archive', {
      ...closed,
      // Governance mode: an owner with a special right can correct a mistake. Compliance mode would forbid that.
      objectLockDefaultRetention: ObjectLockRetention.governance(ARCHIVED_FOR),
    });
    this.backup = new Bucket(this, 'Backup', closed);
  }

  /** ARNs of the same objects in both archives. */
  archiveArns(keys: string): string[] {
    return [this.archive.arnForObjects(keys), this.backup.arnForObjects(keys)];
  }
}
