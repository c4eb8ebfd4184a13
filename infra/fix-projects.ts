import { Duration } from 'aws-cdk-lib';
import { BuildSpec, ComputeType, LinuxArmBuildImage, Project, Source } from 'aws-cdk-lib/aws-codebuild';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { makeFixBuildspec, testFixBuildspec } from '../functions/jobs/buildspecs.ts';

/** Two projects, since no role that executes repository code may write evidence: one makes commit and artefact, one tests them and may only read. */
export class FixProjects extends Construct {
  readonly makeFix: Project;
  readonly testFix: Project;

  constructor(scope: Construct, id: string, artifacts: Bucket, bundleOf: (name: string) => string) {
    super(scope, id);
    this.makeFix = this.#project('MakeFix', makeFixBuildspec, artifacts, bundleOf('make-fix-job'));
    this.testFix = this.#project('TestFix', testFixBuildspec, artifacts, bundleOf('test-fix-job'));
    const made = ['plan/*', 'artifact.zip', 'commit.bundle', 'commit.json', 'diff.patch'];
    allow(this.makeFix, ['s3:GetObject'], [artifacts.arnForObjects('deployments/*/brief.json')]);
    allow(
      this.makeFix,
      ['s3:PutObject'],
      made.map((name) => artifacts.arnForObjects(`deployments/*/${name}`)),
    );
    allow(
      this.testFix,
      ['s3:GetObject'],
      ['brief.json', ...made].map((name) => artifacts.arnForObjects(`deployments/*/${name}`)),
    );
  }

  #project(id: string, buildspec: Record<string, unknown>, artifacts: Bucket, bundle: string): Project {
    const asset = new Asset(this, `${id}Bundle`, { path: bundle });
    const logGroup = new LogGroup(this, `${id}Log`, { retention: RetentionDays.THREE_MONTHS });
    const project = new Project(this, id, {
      source: Source.s3({ bucket: asset.bucket, path: asset.s3ObjectKey }),
      buildSpec: BuildSpec.fromObject(buildspec),
      environment: { buildImage: LinuxArmBuildImage.AMAZON_LINUX_2023_STANDARD_3_0, computeType: ComputeType.SMALL },
      environmentVariables: { BUCKET: { value: artifacts.bucketName } },
      timeout: Duration.minutes(25),
      logging: { cloudWatch: { logGroup } },
    });
    asset.grantRead(project);
    return project;
  }
}

function allow(project: Project, actions: string[], resources: string[]): void {
  project.addToRolePolicy(new PolicyStatement({ actions, resources }));
}
