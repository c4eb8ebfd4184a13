import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import {
  GetFunctionConfigurationCommand,
  GetProvisionedConcurrencyConfigCommand,
  LambdaClient,
  ProvisionedConcurrencyConfigNotFoundException,
  PublishVersionCommand,
  ResourceConflictException,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { LambdaTarget } from '#target/target.lambda-alias';

const lambda = mockClient(LambdaClient);
const target = new LambdaTarget(new LambdaClient({ region: 'us-east-1' }), new CloudWatchClient({ region: 'us-east-1' }), {
  functionName: 'shop',
  alias: 'live',
  bucket: 'artefacts',
  intervalSeconds: 30,
});
const artifact = { key: 'deployments/d/artifact.zip', versionId: 'v7', digest: 'new=' };

beforeEach(() => {
  lambda.reset();
  lambda.on(GetFunctionConfigurationCommand).resolves({ CodeSha256: 'old=', LastUpdateStatus: 'Successful', RevisionId: 'c1' });
  lambda
    .on(GetProvisionedConcurrencyConfigCommand)
    .rejects(new ProvisionedConcurrencyConfigNotFoundException({ message: 'none', $metadata: {} }));
});

describe('an artifact staged in a Lambda function', () => {
  it('uploads exactly the stored version under the configuration’s revision, and waits', async () => {
    lambda.on(UpdateFunctionCodeCommand).resolves({});

    expect(await target.stage(artifact)).toEqual({ ready: false });
    expect(lambda.commandCalls(UpdateFunctionCodeCommand)[0]?.args[0].input).toEqual({
      FunctionName: 'shop',
      S3Bucket: 'artefacts',
      S3Key: artifact.key,
      S3ObjectVersion: 'v7',
      RevisionId: 'c1',
    });
  });

  it('waits while the function takes the code, and does not upload again', async () => {
    lambda.on(GetFunctionConfigurationCommand).resolves({ CodeSha256: 'new=', LastUpdateStatus: 'InProgress' });

    expect(await target.stage(artifact)).toEqual({ ready: false });
    expect(lambda.commandCalls(UpdateFunctionCodeCommand)).toHaveLength(0);
  });

  it('throws TargetRefused at once if the function could not take the code', async () => {
    lambda
      .on(GetFunctionConfigurationCommand)
      .resolves({ CodeSha256: 'new=', LastUpdateStatus: 'Failed', LastUpdateStatusReason: 'the role cannot be assumed' });

    await expect(target.stage(artifact)).rejects.toMatchObject({
      name: 'TargetRefused',
      message: expect.stringContaining('the role cannot be assumed'),
    });
    expect(lambda.commandCalls(PublishVersionCommand)).toHaveLength(0);
  });

  it('publishes only code with the digest of the artifact', async () => {
    lambda.on(GetFunctionConfigurationCommand).resolves({ CodeSha256: 'new=', LastUpdateStatus: 'Successful' });
    lambda.on(PublishVersionCommand).resolves({ Version: '8' });

    expect(await target.stage(artifact)).toEqual({ ready: true, version: '8' });
    expect(lambda.commandCalls(PublishVersionCommand)[0]?.args[0].input).toEqual({ FunctionName: 'shop', CodeSha256: 'new=' });
  });

  it('throws TargetBusy while another caller updates the function', async () => {
    lambda.on(UpdateFunctionCodeCommand).rejects(new ResourceConflictException({ message: 'busy', $metadata: {} }));

    await expect(target.stage(artifact)).rejects.toMatchObject({ name: 'TargetBusy' });
  });
});
