import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import { BuildSpec, ComputeType, LinuxArmBuildImage, Project, Source } from 'aws-cdk-lib/aws-codebuild';
import { type IRole, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { makeFixBuildspec, testFixBuildspec } from '#fix/jobs/buildspecs';

const made = ['plan/*', 'artifact.zip', 'commit.bundle', 'commit.json', 'diff.patch'];

/** Two projects, since no role that executes repository code may write evidence: one makes commit and artefact, one tests them and may only read. */
export class FixProjects extends Construct {
  readonly makeFix: Project;
  readonly testFix: Project;

  constructor(scope: Construct, id: string, artifacts: Bucket, bundleOf: (name: string) => string) {
    super(scope, id);
    const files = (names: readonly string[]) => names.map((name) => artifacts.arnForObjects(`deployments/*/${name}`));
    this.makeFix = this.#project('MakeFix', makeFixBuildspec, artifacts, bundleOf('make-fix-job'), [
      allow(['s3:GetObject'], files(['brief.json'])),
      allow(['s3:PutObject'], files(made)),
      allow(['secretsmanager:GetSecretValue'], [tokensOf(this)]),
    ]);
    this.testFix = this.#project('TestFix', testFixBuildspec, artifacts, bundleOf('test-fix-job'), [
      allow(['s3:GetObject'], files(['brief.json', ...made])),
    ]);
  }

  #project(id: string, buildspec: Record<string, unknown>, artifacts: Bucket, bundle: string, may: PolicyStatement[]): Project {
    const asset = new Asset(this, `${id}Bundle`, { path: bundle });
    const logGroup = new LogGroup(this, `${id}Log`, { retention: RetentionDays.THREE_MONTHS });
    return new Project(this, id, {
      role: this.#role(id, logGroup, asset, may),
      source: Source.s3({ bucket: asset.bucket, path: asset.s3ObjectKey }),
      buildSpec: BuildSpec.fromObject(buildspec),
      environment: { buildImage: LinuxArmBuildImage.AMAZON_LINUX_2023_STANDARD_3_0, computeType: ComputeType.SMALL },
      environmentVariables: { BUCKET: { value: artifacts.bucketName } },
      timeout: Duration.minutes(25),
      logging: { cloudWatch: { logGroup } },
    });
  }

  /** Closed to CDK's own grants, which would open every asset of the account and report groups to the repository's code. */
  #role(id: string, logGroup: LogGroup, asset: Asset, may: PolicyStatement[]): IRole {
    const statements = [
      allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn]),
      allow(['s3:GetObject', 's3:GetObjectVersion'], [asset.bucket.arnForObjects(asset.s3ObjectKey)]),
      allow(['s3:GetBucketAcl', 's3:GetBucketLocation'], [asset.bucket.bucketArn]),
      ...may,
    ];
    const assumedBy = new ServicePrincipal('codebuild.amazonaws.com');
    const role = new Role(this, `${id}Role`, { assumedBy, inlinePolicies: { Build: new PolicyDocument({ statements }) } });
    return role.withoutPolicyUpdates();
  }
}

/** Tokens of repositories are secrets of their own, so that making a fix may read no other. */
const tokensOf = (scope: Construct) =>
  Stack.of(scope).formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName: 'sluice/git/*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });

const allow = (actions: string[], resources: string[]) => new PolicyStatement({ actions, resources });
