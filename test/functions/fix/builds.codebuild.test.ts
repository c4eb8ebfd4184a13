import { BatchGetBuildsCommand, CodeBuildClient } from '@aws-sdk/client-codebuild';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { CodeBuildBuilds } from '#fix/builds.codebuild';

const codebuild = mockClient(CodeBuildClient);
const builds = new CodeBuildBuilds(new CodeBuildClient({ region: 'us-east-1' }));

beforeEach(() => codebuild.reset());

describe('CodeBuildBuilds', () => {
  it('returns each phase of a build as CodeBuild reports it, and undefined for an unknown build', async () => {
    codebuild
      .on(BatchGetBuildsCommand)
      .resolvesOnce({
        builds: [
          { buildStatus: 'FAILED', phases: [{ phaseType: 'BUILD', phaseStatus: 'FAILED', contexts: [{ message: 'exit status 1' }] }] },
        ],
      })
      .resolves({ builds: [] });

    expect(await builds.status('b:1')).toMatchObject({
      status: 'FAILED',
      phases: [{ phase: 'BUILD', status: 'FAILED', message: 'exit status 1' }],
    });
    expect(await builds.status('b:2')).toBeUndefined();
  });

  it('returns every phase, all messages of a phase, and the exported variables', async () => {
    codebuild.on(BatchGetBuildsCommand).resolves({
      builds: [
        {
          buildStatus: 'SUCCEEDED',
          phases: [
            { phaseType: 'SUBMITTED' as never, phaseStatus: 'SUCCEEDED' },
            { phaseType: 'BUILD', phaseStatus: 'FAILED', contexts: [{ message: 'one' }, {}, { message: 'two' }] },
            {},
          ],
          exportedEnvironmentVariables: [{ name: 'COMMIT', value: 'c' }, { name: 'EMPTY' }],
        },
      ],
    });

    expect(await builds.status('b:1')).toEqual({
      buildId: 'b:1',
      status: 'SUCCEEDED',
      phases: [
        { phase: 'SUBMITTED', status: 'SUCCEEDED', message: '' },
        { phase: 'BUILD', status: 'FAILED', message: 'one  two' },
        { phase: '', status: '', message: '' },
      ],
      exported: { COMMIT: 'c', EMPTY: '' },
    });
    expect(codebuild.commandCalls(BatchGetBuildsCommand)[0]?.args[0].input).toEqual({ ids: ['b:1'] });
  });

  it('calls a build without a status UNKNOWN, not a success', async () => {
    codebuild
      .on(BatchGetBuildsCommand)
      .resolvesOnce({ builds: [{}] })
      .resolves({});

    expect(await builds.status('b:1')).toEqual({ buildId: 'b:1', status: 'UNKNOWN', phases: [], exported: {} });
    expect(await builds.status('b:1')).toBeUndefined();
  });
});
