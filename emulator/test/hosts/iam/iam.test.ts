import { describe, expect, it } from 'vitest';
import { realClock } from '../../../clock/clock.ts';
import { startTemplate } from '../../assembly.ts';

const statement = (Action: string) => ({ Effect: 'Allow', Action, Resource: '*' });
const document = (Action: string) => ({ Statement: [statement(Action)] });
const refusing = { Effect: 'Deny', Action: '*', Principal: '*', Resource: '*' };

describe('the statements of a template', () => {
  it('keeps the statements of each role and each resource by ARN', async () => {
    const runtime = await startTemplate(
      {
        Resources: {
          Role: {
            Type: 'AWS::IAM::Role',
            Properties: {
              RoleName: 'worker',
              AssumeRolePolicyDocument: document('sts:AssumeRole'),
              Policies: [{ PolicyName: 'inline', PolicyDocument: document('inline:a') }],
              ManagedPolicyArns: [
                { Ref: 'Managed' },
                { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/service-role/AWSLambdaBasicExecutionRole']] },
              ],
            },
          },
          Managed: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: document('managed:a') } },
          Attached: { Type: 'AWS::IAM::Policy', Properties: { Roles: [{ Ref: 'Role' }], PolicyDocument: document('attached:a') } },
          Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'q' } },
          QueuePolicy: {
            Type: 'AWS::SQS::QueuePolicy',
            Properties: { Queues: [{ Ref: 'Queue' }], PolicyDocument: { Statement: [refusing] } },
          },
          Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'bbb' } },
          BucketPolicy: {
            Type: 'AWS::S3::BucketPolicy',
            Properties: { Bucket: { Ref: 'Bucket' }, PolicyDocument: { Statement: refusing } },
          },
          Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: { Statement: [refusing] } } },
        },
      },
      realClock(),
    );
    const role = 'arn:aws:iam::000000000000:role/worker';

    const { identity, managed, trust, resource } = runtime.policies;
    await runtime.stop();

    expect(
      identity
        .get(role)
        ?.map((s) => s.Action)
        .sort(),
    ).toEqual(['attached:a', 'inline:a', 'managed:a']);
    expect(managed.get(role)).toEqual(['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole']);
    expect(trust.get(role)).toEqual([statement('sts:AssumeRole')]);
    for (const arn of ['arn:aws:sqs:us-east-1:000000000000:q', 'arn:aws:s3:::bbb', runtime.resource('Key').attributes.Arn ?? '']) {
      expect(resource.get(arn)).toEqual([refusing]);
    }
  });
});
