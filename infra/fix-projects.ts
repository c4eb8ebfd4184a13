import { Duration } from 'aws-cdk-lib';
import { BuildSpec, ComputeType, LinuxArmBuildImage, Project, Source } from 'aws-cdk-lib/aws-codebuild';
import { type IRole, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { makeFixBuildspec, testFixBuildspec } from '#fix/jobs/buildspecs';
import { buildCapabilities } from './capabilities.ts';
import { type BuildName, builds } from './permissions.ts';

/**
 * Two build projects: MakeFix makes commit and artifact, TestFix tests them and only reads.
 * Both execute repository code, so their roles in functions.ts may not write audit rows.
 */
export class FixProjects extends Construct {
  readonly makeFix: Project;
  readonly testFix: Project;

  constructor(scope: Construct, id: string, artifacts: Bucket, bundleOf: (name: string) => string) {
    super(scope, id);
    this.makeFix = this.#project('MakeFix', makeFixBuildspec, artifacts, bundleOf('make-fix-job'));
    this.testFix = this.#project('TestFix', testFixBuildspec, artifacts, bundleOf('test-fix-job'));
  }

  #project(id: BuildName, buildspec: Record<string, unknown>, artifacts: Bucket, bundle: string): Project {
    const asset = new Asset(this, `${id}Bundle`, { path: bundle });
    const logGroup = new LogGroup(this, `${id}Log`, { retention: RetentionDays.THREE_MONTHS });
    return new Project(this, id, {
      role: this.#role(id, logGroup, asset, artifacts),
      source: Source.s3({ bucket: asset.bucket, path: asset.s3ObjectKey }),
      buildSpec: BuildSpec.fromObject(buildspec),
      environment: { buildImage: LinuxArmBuildImage.AMAZON_LINUX_2023_STANDARD_3_0, computeType: ComputeType.SMALL },
      environmentVariables: { BUCKET: { value: artifacts.bucketName } },
      timeout: Duration.minutes(25),
      logging: { cloudWatch: { logGroup } },
    });
  }

  /** The role refuses CDK's own grants. They would give repository code all assets of the account. */
  #role(id: BuildName, logGroup: LogGroup, asset: Asset, artifacts: Bucket): IRole {
    const statements = [
      allowing(['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn]),
      allowing(['s3:GetObject', 's3:GetObjectVersion'], [asset.bucket.arnForObjects(asset.s3ObjectKey)]),
      allowing(['s3:GetBucketAcl', 's3:GetBucketLocation'], [asset.bucket.bucketArn]),
      ...builds[id].may.map((capability) => buildCapabilities[capability](artifacts)),
    ];
    const assumedBy = new ServicePrincipal('codebuild.amazonaws.com');
    const role = new Role(this, `${id}Role`, { assumedBy, inlinePolicies: { Build: new PolicyDocument({ statements }) } });
    return role.withoutPolicyUpdates();
  }
}

const allowing = (actions: string[], resources: string[]) => new PolicyStatement({ actions, resources });
