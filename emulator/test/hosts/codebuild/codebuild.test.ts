import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { BatchGetBuildsCommand, type Build, CodeBuildClient, StartBuildCommand, StopBuildCommand } from '@aws-sdk/client-codebuild';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { strToU8, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../clock/clock.ts';
import type { Runtime } from '../../../runtime/runtime.ts';
import { freshFolder, startTemplate } from '../../assembly.ts';
import { lifeLine } from '../../life-line.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const ROLE = 'arn:aws:iam::000000000000:role/Build';

const project = (phases: object, more: { env?: object; source?: object; timeout?: number } = {}) => ({
  Type: 'AWS::CodeBuild::Project',
  Properties: {
    ServiceRole: ROLE,
    Artifacts: { Type: 'NO_ARTIFACTS' },
    Environment: {
      Type: 'ARM_CONTAINER',
      Image: 'aws/codebuild/amazonlinux2-aarch64-standard:3.0',
      ComputeType: 'BUILD_GENERAL1_SMALL',
      EnvironmentVariables: [{ Name: 'BUCKET', Type: 'PLAINTEXT', Value: 'artifacts' }],
    },
    Source: { Type: 'NO_SOURCE', ...more.source, BuildSpec: JSON.stringify({ version: '0.2', env: more.env, phases }) },
    TimeoutInMinutes: more.timeout,
  },
});

const template = {
  Resources: {
    Artifacts: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'artifacts' } },
    Finished: { Type: 'AWS::SQS::Queue', Properties: {} },
    Rule: {
      Type: 'AWS::Events::Rule',
      Properties: {
        EventPattern: { source: ['aws.codebuild'], detail: { 'build-status': ['SUCCEEDED', 'FAILED', 'STOPPED', 'FAULT'] } },
        Targets: [{ Id: 'queue', Arn: { 'Fn::GetAtt': ['Finished', 'Arn'] } }],
      },
    },
    Hands: project(
      {
        install: { commands: ['export MADE="in install"', 'mkdir sub && cd sub', 'local_only=1'] },
        build: { commands: ['RESULT="$MADE $BUCKET $GIVEN $(basename "$PWD")"', 'export RESULT', 'echo "result: $RESULT"'] },
      },
      { env: { variables: { GIVEN: 'from the spec' }, 'exported-variables': ['RESULT'] } },
    ),
    Surroundings: project(
      {
        build: {
          commands: [
            "export ALL=\"$(env | cut -d= -f1 | sort | tr '\\n' ' ')\"",
            'export NODE="$(node --version)"',
            'export KEY=$AWS_ACCESS_KEY_ID',
          ],
        },
      },
      { env: { 'exported-variables': ['ALL', 'NODE', 'KEY', 'SLUICE_IMAGE_MODULES', 'AWS_ENDPOINT_URL', 'CODEBUILD_BUILD_ID'] } },
    ),
    Red: project({
      build: {
        commands: ['echo before', 'false && true', 'echo "never reached"'],
        finally: ['echo "finally, after $CODEBUILD_BUILD_SUCCEEDING"'],
      },
      post_build: { commands: ['echo "post with $CODEBUILD_BUILD_SUCCEEDING"'] },
    }),
    Aborted: project({ pre_build: { commands: ['exit 7'] }, build: { commands: ['echo "never built"'] } }),
    Tolerant: project({ pre_build: { commands: ['exit 7'], 'on-failure': 'CONTINUE' }, build: { commands: ['true'] } }),
    FromBucket: project({ build: { commands: ['cat hello.txt'] } }, { source: { Type: 'S3', Location: 'artifacts/source.zip' } }),
    Endless: project({ build: { commands: ['( exec 9<>"/dev/tcp/127.0.0.1/$PORT"; sleep 600 ) & wait'] } }),
  },
};

/** The endless build made to end, for the machine that starts again. */
const ending = { Resources: { ...template.Resources, Endless: project({ build: { commands: ['echo "the end"'] } }) } };

/** Waits for a build that a runtime found unfinished when it started. */
async function ended(runtime: Runtime, id = ''): Promise<Build> {
  const client = new CodeBuildClient(runtime.clientConfig());
  for (;;) {
    const { builds = [] } = await client.send(new BatchGetBuildsCommand({ ids: [id] }));
    if (builds[0]?.buildComplete) return builds[0];
  }
}

describe('a build', () => {
  let clock: VirtualClock;
  let runtime: Runtime;
  let codebuild: CodeBuildClient;

  beforeAll(async () => {
    clock = new VirtualClock(START);
    runtime = await startTemplate(template, clock);
    codebuild = new CodeBuildClient(runtime.clientConfig());
  });
  afterAll(() => runtime.stop());

  const start = async (id: string, more: object = {}) =>
    (await codebuild.send(new StartBuildCommand({ projectName: runtime.resource(id).ref, ...more }))).build as Build;
  const get = async (id = '') => (await codebuild.send(new BatchGetBuildsCommand({ ids: [id] }))).builds?.[0] as Build;
  const finished = async (id = '') => {
    await clock.runUntil(new Promise<void>((resolve) => clock.at(clock.nowMs() + 1000, resolve)));
    return get(id);
  };
  const built = async (id: string, more: object = {}) => finished((await start(id, more)).id);
  const exported = (build: Build): Record<string, string> =>
    Object.fromEntries((build.exportedEnvironmentVariables ?? []).map(({ name = '', value = '' }) => [name, value]));
  const phases = (build: Build) => Object.fromEntries((build.phases ?? []).map(({ phaseType, phaseStatus }) => [phaseType, phaseStatus]));
  const log = (build: Build) => readFileSync(new URL(build.logs?.deepLink ?? ''), 'utf8');

  it('hands variables and the folder over from phase to phase and exports what the buildspec says', async () => {
    const begun = await start('Hands', { environmentVariablesOverride: [{ name: 'GIVEN', value: 'by the caller' }] });
    const build = await finished(begun.id);

    expect(begun.buildStatus).toBe('IN_PROGRESS');
    expect(build).toMatchObject({ buildStatus: 'SUCCEEDED', buildComplete: true, currentPhase: 'COMPLETED', buildNumber: 1 });
    expect(exported(build)).toEqual({ RESULT: 'in install artifacts by the caller sub' });
    expect(log(build)).toContain('result: in install');
  });

  it('shows a build its role, its endpoint and its image, and nothing else of this machine', async () => {
    process.env.HOST_SECRET = 'not for builds';
    const build = await built('Surroundings');

    const { ALL = '', NODE, KEY, SLUICE_IMAGE_MODULES, AWS_ENDPOINT_URL, CODEBUILD_BUILD_ID } = exported(build);
    expect(NODE).toBe(process.version);
    expect(KEY).toBe(runtime.clientConfig(ROLE).credentials.accessKeyId);
    expect(AWS_ENDPOINT_URL).toBe(runtime.endpoint);
    expect(CODEBUILD_BUILD_ID).toBe(build.id);
    expect(SLUICE_IMAGE_MODULES).toMatch(/node_modules$/);
    const shells = ['PWD', 'OLDPWD', 'SHLVL', '_'];
    const known = [...shells, 'PATH', 'HOME', 'TMPDIR', 'LANG', 'CI', 'BUCKET', 'SLUICE_IMAGE_MODULES'];
    expect(
      ALL.trim()
        .split(' ')
        .filter((name) => !known.includes(name) && !/^(AWS|CODEBUILD)_/.test(name)),
    ).toEqual([]);
  });

  it('names the command that failed, runs finally, and post_build after a failed build', async () => {
    const build = await built('Red');

    expect(build.buildStatus).toBe('FAILED');
    expect(phases(build)).toMatchObject({ PRE_BUILD: 'SUCCEEDED', BUILD: 'FAILED', POST_BUILD: 'SUCCEEDED', FINALIZING: 'SUCCEEDED' });
    const failed = build.phases?.find(({ phaseStatus }) => phaseStatus === 'FAILED');
    expect(failed?.contexts?.[0]).toEqual({
      statusCode: 'COMMAND_EXECUTION_ERROR',
      message: 'Error while executing command: false && true. Reason: exit status 1',
    });
    expect(log(build)).toContain('finally, after 1');
    expect(log(build)).toContain('post with 0');
    expect(log(build)).not.toContain('never reached');
  });

  it('ends with a failure before the build, unless the phase says to continue', async () => {
    const aborted = await built('Aborted');
    const tolerant = await built('Tolerant');

    expect(aborted.buildStatus).toBe('FAILED');
    expect(phases(aborted)).not.toHaveProperty('BUILD');
    expect(phases(aborted)).toMatchObject({ PRE_BUILD: 'FAILED' });
    expect(tolerant.buildStatus).toBe('SUCCEEDED');
    expect(phases(tolerant)).toMatchObject({ PRE_BUILD: 'FAILED', BUILD: 'SUCCEEDED' });
  });

  it('unpacks the source of a build from a bucket, and fails without it', async () => {
    const missing = await built('FromBucket');
    const s3 = new S3Client({ ...runtime.clientConfig(), forcePathStyle: true });
    const Body = Buffer.from(zipSync({ 'hello.txt': strToU8('hello from the zip') }));
    await s3.send(new PutObjectCommand({ Bucket: 'artifacts', Key: 'source.zip', Body }));
    const there = await built('FromBucket');

    expect(missing.buildStatus).toBe('FAILED');
    expect(phases(missing)).toMatchObject({ DOWNLOAD_SOURCE: 'FAILED' });
    expect(log(there)).toContain('hello from the zip');
  });

  it('stops a build with everything that it started', async () => {
    const life = await lifeLine();
    const begun = await start('Endless', { environmentVariablesOverride: [{ name: 'PORT', value: life.port }] });
    await life.begun;
    await codebuild.send(new StopBuildCommand({ id: begun.id }));

    await life.ended;
    expect((await finished(begun.id)).buildStatus).toBe('STOPPED');
  });

  it('stops a build even before its commands begin', async () => {
    const begun = await start('Endless');
    await codebuild.send(new StopBuildCommand({ id: begun.id }));

    expect((await finished(begun.id)).buildStatus).toBe('STOPPED');
  });

  it('ends a build with the machine and runs it again after the next start', async () => {
    const life = await lifeLine();
    const folder = freshFolder();
    const host = fork(new URL('./codebuild-host.ts', import.meta.url), [folder, JSON.stringify(template), life.port]);
    const [id] = await once(host, 'message');
    await life.begun;
    host.kill('SIGKILL');
    await life.ended;

    const after = await startTemplate(ending, new VirtualClock(START), folder);
    const build = await ended(after, id);
    await after.stop();

    expect(build).toMatchObject({ buildStatus: 'SUCCEEDED', buildNumber: 1 });
    expect(log(build).match(/the end/g)).toHaveLength(1);
  });

  it('runs again, too, when the runtime was stopped in an orderly way while it ran', async () => {
    const folder = freshFolder();
    const before = await startTemplate(template, new VirtualClock(START), folder);
    const client = new CodeBuildClient(before.clientConfig());
    const { build } = await client.send(new StartBuildCommand({ projectName: before.resource('Endless').ref }));
    await before.stop();

    const after = await startTemplate(ending, new VirtualClock(START), folder);
    const again = await ended(after, build?.id);
    await after.stop();

    expect(again.buildStatus).toBe('SUCCEEDED');
  });

  it('ends a build as a fault if the machine starts again without its project', async () => {
    const folder = freshFolder();
    const before = await startTemplate(template, new VirtualClock(START), folder);
    const client = new CodeBuildClient(before.clientConfig());
    const { build } = await client.send(new StartBuildCommand({ projectName: before.resource('Endless').ref }));
    await before.stop();

    const { Endless: _, ...others } = template.Resources;
    const after = await startTemplate({ Resources: others }, new VirtualClock(START), folder);
    const lost = await ended(after, build?.id);
    await after.stop();

    expect(lost.buildStatus).toBe('FAULT');
  });

  it('starts once per idempotency token', async () => {
    const first = await start('Tolerant', { idempotencyToken: 'same' });
    const second = await start('Tolerant', { idempotencyToken: 'same' });
    await finished(first.id);

    expect(second.id).toBe(first.id);
  });

  it('sends EventBridge how it ended', async () => {
    const build = await built('Red');
    const sqs = new SQSClient(runtime.clientConfig());
    const ends: unknown[] = [];
    for (;;) {
      const request = { QueueUrl: runtime.resource('Finished').ref, MaxNumberOfMessages: 10 };
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(request));
      if (Messages.length === 0) break;
      ends.push(...Messages.map(({ Body = '' }) => JSON.parse(Body)));
    }

    expect(ends).toContainEqual(
      expect.objectContaining({
        'detail-type': 'CodeBuild Build State Change',
        detail: expect.objectContaining({ 'build-id': build.arn, 'build-status': 'FAILED', 'project-name': build.projectName }),
      }),
    );
  });
});

describe('a buildspec', () => {
  it.each([
    ['YAML', 'version: 0.2'],
    ['a phase that does not exist', '{"version":"0.2","phases":{"built":{}}}'],
    ['artifacts', '{"version":"0.2","phases":{},"artifacts":{"files":["a"]}}'],
  ])('refuses a buildspec by the name of its project: %s', async (_, BuildSpec) => {
    const { Properties } = project({});
    const refused = { Type: 'AWS::CodeBuild::Project', Properties: { ...Properties, Source: { Type: 'NO_SOURCE', BuildSpec } } };

    await expect(startTemplate({ Resources: { Odd: refused } }, new VirtualClock(START), freshFolder())).rejects.toThrow(/Odd.*buildspec/s);
  });
});
