import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import {
  GetAliasCommand,
  GetFunctionConfigurationCommand,
  GetProvisionedConcurrencyConfigCommand,
  LambdaClient,
  PreconditionFailedException,
  ProvisionedConcurrencyConfigNotFoundException,
  PublishVersionCommand,
  ResourceConflictException,
  ResourceNotFoundException,
  UpdateAliasCommand,
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
const move = {
  baseline: '1',
  candidate: '2',
  weightPercent: 10,
  revision: 'r1',
  strategy: 'rolling',
  weights: [10, 100],
  index: 0,
} as const;
const refusal = { message: 'refused', $metadata: {} };
const routing = (FunctionVersion: string, weights?: Record<string, number>) => ({
  FunctionVersion,
  RevisionId: 'r2',
  RoutingConfig: { AdditionalVersionWeights: weights },
});

beforeEach(() => {
  lambda.reset();
  lambda.on(GetFunctionConfigurationCommand).resolves({ CodeSha256: 'old=', LastUpdateStatus: 'Successful', RevisionId: 'c1' });
  lambda
    .on(GetProvisionedConcurrencyConfigCommand)
    .rejects(new ProvisionedConcurrencyConfigNotFoundException({ message: 'none', $metadata: {} }));
});

describe('traffic on an alias', () => {
  it('gives the candidate its weight beside the baseline, under the revision of the routing', async () => {
    lambda
      .on(UpdateAliasCommand)
      .resolves({ FunctionVersion: '1', RevisionId: 'r2', RoutingConfig: { AdditionalVersionWeights: { 2: 0.1 } } });

    expect(await target.shift(move)).toEqual({
      settled: true,
      serving: { version: '1', codeSha256: 'old=', candidate: { version: '2', weightPercent: 10 }, revision: 'r2' },
    });
    expect(lambda.commandCalls(UpdateAliasCommand)[0]?.args[0].input).toEqual({
      FunctionName: 'shop',
      Name: 'live',
      FunctionVersion: '1',
      RoutingConfig: { AdditionalVersionWeights: { 2: 0.1 } },
      RevisionId: 'r1',
    });
  });

  it('makes the candidate the only version at 100 %', async () => {
    lambda.on(UpdateAliasCommand).resolves({ FunctionVersion: '2', RevisionId: 'r3' });

    await target.shift({ ...move, weightPercent: 100 });

    expect(lambda.commandCalls(UpdateAliasCommand)[0]?.args[0].input).toMatchObject({
      FunctionVersion: '2',
      RoutingConfig: { AdditionalVersionWeights: {} },
    });
  });

  it('recognizes its own earlier move when it repeats it, and refuses after another move', async () => {
    lambda.on(UpdateAliasCommand).rejects(new PreconditionFailedException({ message: 'stale', $metadata: {} }));
    lambda
      .on(GetAliasCommand)
      .resolvesOnce({ FunctionVersion: '1', RevisionId: 'r2', RoutingConfig: { AdditionalVersionWeights: { 2: 0.1 } } })
      .resolves({ FunctionVersion: '7', RevisionId: 'r9' });

    expect(await target.shift(move)).toMatchObject({ settled: true, serving: { revision: 'r2' } });
    await expect(target.shift(move)).rejects.toMatchObject({ name: 'AliasMoved', message: expect.stringContaining('version 7') });
  });

  it('takes the next step only when the provisioned instances are ready or have failed', async () => {
    const moved = { FunctionVersion: '1', RevisionId: 'r2', RoutingConfig: { AdditionalVersionWeights: { 2: 0.1 } } };
    const next = { ...move, weightPercent: 100, index: 1, revision: 'r2' };
    lambda.on(UpdateAliasCommand).resolvesOnce(moved).resolves({ FunctionVersion: '2', RevisionId: 'r3' });
    lambda.on(GetAliasCommand).resolves(moved);
    lambda
      .on(GetProvisionedConcurrencyConfigCommand, { FunctionName: 'shop', Qualifier: 'live' })
      .resolvesOnce({ Status: 'READY' })
      .resolvesOnce({ Status: 'IN_PROGRESS' })
      .resolvesOnce({ Status: 'IN_PROGRESS' })
      .resolves({ Status: 'FAILED', StatusReason: 'the account has no more' });

    expect(await target.shift(move)).toMatchObject({ settled: true, serving: { revision: 'r2' } });
    expect(await target.shift(move)).toMatchObject({ settled: true, serving: { revision: 'r2' } });
    expect(await target.shift(next)).toEqual({ settled: false });
    expect(lambda.commandCalls(UpdateAliasCommand)).toHaveLength(1);
    expect(await target.shift(next)).toMatchObject({ settled: true, serving: { version: '2' } });
  });

  it('throws an unknown error about provisioned concurrency', async () => {
    lambda.on(UpdateAliasCommand).resolves({ FunctionVersion: '2', RevisionId: 'r3' });
    lambda.on(GetProvisionedConcurrencyConfigCommand).rejects(new Error('socket hang up'));

    await expect(target.shift(move)).rejects.toThrow('socket hang up');
  });

  it('throws TargetBusy if the alias moved between the look and the restore', async () => {
    lambda
      .on(UpdateAliasCommand, { FunctionVersion: '1', RevisionId: 'r4' })
      .rejects(new PreconditionFailedException({ message: 'stale', $metadata: {} }));

    await expect(target.restore('1', 'r4')).rejects.toMatchObject({ name: 'TargetBusy', message: expect.stringContaining('moved') });
  });
});

describe('a busy function', () => {
  it.each([
    ['uploading', () => lambda.on(UpdateFunctionCodeCommand), () => target.stage(artifact)],
    ['shifting', () => lambda.on(UpdateAliasCommand), () => target.shift(move)],
    ['restoring', () => lambda.on(UpdateAliasCommand), () => target.restore('1', 'r1')],
  ] as const)('throws TargetBusy if another operation meets it while %s', async (_what, on, act) => {
    on().rejects(new ResourceConflictException(refusal));

    await expect(act()).rejects.toMatchObject({ name: 'TargetBusy', message: expect.stringContaining('shop') });
  });

  it('throws TargetBusy if another operation meets it while publishing', async () => {
    lambda.on(GetFunctionConfigurationCommand).resolves({ CodeSha256: 'new=', LastUpdateStatus: 'Successful' });
    lambda.on(PublishVersionCommand).rejects(new ResourceConflictException(refusal));

    await expect(target.stage(artifact)).rejects.toMatchObject({ name: 'TargetBusy' });
  });

  it('throws TargetBusy if the configuration changed between reading and uploading', async () => {
    lambda.on(UpdateFunctionCodeCommand).rejects(new PreconditionFailedException(refusal));

    await expect(target.stage(artifact)).rejects.toMatchObject({ name: 'TargetBusy' });
  });

  it('throws any other refusal of Lambda unchanged', async () => {
    lambda.on(UpdateFunctionCodeCommand).rejects(new ResourceNotFoundException(refusal));
    lambda.on(UpdateAliasCommand).rejects(new ResourceNotFoundException(refusal));

    await expect(target.stage(artifact)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(target.shift(move)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(target.restore('1', 'r1')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe('a move that Lambda refuses because the routing has another revision', () => {
  const found = async (serving: ReturnType<typeof routing>, weightPercent: number) => {
    lambda.on(UpdateAliasCommand).rejects(new PreconditionFailedException(refusal));
    lambda.on(GetAliasCommand).resolves(serving);
    return target.shift({ ...move, weightPercent }).then(
      () => 'ours',
      (error) => error.message.match(/\((.*)\)/)?.[1],
    );
  };

  it.each<[string, ReturnType<typeof routing>, number]>([
    ['a share', routing('1', { 2: 0.1 }), 10],
    ['a share that is inexact in floating point', routing('1', { 2: 0.07 }), 7],
    ['everything', routing('2'), 100],
    ['everything, with empty weights', routing('2', {}), 100],
    ['nothing yet', routing('1'), 0],
  ])('takes a refused move as done if the candidate already has %s', async (_what, serving, weightPercent) => {
    expect(await found(serving, weightPercent)).toBe('ours');
  });

  it.each<[string, ReturnType<typeof routing>, number, string]>([
    ['the candidate has another share', routing('1', { 2: 0.5 }), 10, 'it points to version 1 and 2'],
    ['another version has the share', routing('1', { 3: 0.1 }), 10, 'it points to version 1 and 3'],
    ['the share is beside another baseline', routing('9', { 2: 0.1 }), 10, 'it points to version 9 and 2'],
    ['the candidate has everything already', routing('2'), 10, 'it points to version 2'],
    ['the candidate shares with another', routing('2', { 3: 0.1 }), 100, 'it points to version 2 and 3'],
    ['the baseline has everything', routing('1'), 100, 'it points to version 1'],
    ['another version has everything, and the step gives none', routing('7'), 0, 'it points to version 7'],
    ['the baseline has everything, and the step gives a share', routing('1'), 10, 'it points to version 1'],
  ])('reports a move from outside if %s', async (_what, serving, weightPercent, says) => {
    expect(await found(serving, weightPercent)).toBe(says);
  });
});

describe('the serving version', () => {
  it('reads the serving version from the alias, and the code from that version', async () => {
    lambda.on(GetAliasCommand).resolves(routing('4'));

    expect(await target.serving()).toEqual({ version: '4', codeSha256: 'old=', candidate: undefined, revision: 'r2' });
    expect(lambda.commandCalls(GetAliasCommand)[0]?.args[0].input).toEqual({ FunctionName: 'shop', Name: 'live' });
    expect(lambda.commandCalls(GetFunctionConfigurationCommand)[0]?.args[0].input).toEqual({ FunctionName: 'shop', Qualifier: '4' });
  });

  it('restores one version without weights', async () => {
    lambda.on(UpdateAliasCommand).resolves(routing('1'));

    expect(await target.restore('1', 'r1')).toMatchObject({ settled: true, serving: { version: '1', candidate: undefined } });
    expect(lambda.commandCalls(UpdateAliasCommand)[0]?.args[0].input).toEqual({
      FunctionName: 'shop',
      Name: 'live',
      FunctionVersion: '1',
      RoutingConfig: { AdditionalVersionWeights: {} },
      RevisionId: 'r1',
    });
  });
});
