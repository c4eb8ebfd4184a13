import { describe, expect, it } from 'vitest';
import type { Observed } from '../../authorization/creation.ts';
import { checkTrust } from '../../authorization/trust.ts';
import { keep, Policies, type Statement } from '../../hosts/iam/statements.ts';

const WHERE = { region: 'us-east-1', account: '000000000000' };
const ROLE = 'arn:aws:iam::000000000000:role/Worker';

const arn = (service: string, name: string) => `arn:aws:${service}:us-east-1:000000000000:${name}`;
const trusting = (Service: string, Condition?: Statement['Condition']): Statement => ({
  Effect: 'Allow',
  Action: 'sts:AssumeRole',
  Principal: { Service },
  ...(Condition && { Condition }),
});
const created = (type: string, properties: object, Arn: string): Observed => ({
  resource: { logicalId: 'It', type, properties },
  hosted: { ref: Arn, attributes: { Arn } },
});

/** Checks one resource against the statements of its role's trust policy. */
function check(observed: Observed, statements: Statement[]): void {
  const policies = new Policies();
  keep(policies.trust, ROLE, statements);
  checkTrust([observed], policies, WHERE);
}

const work = created('AWS::Lambda::Function', { Role: ROLE }, arn('lambda', 'function:work'));
const schedule = created('AWS::Scheduler::Schedule', { Target: { RoleArn: ROLE } }, arn('scheduler', 'schedule/night/sweep'));
const from = (sourceArn: string): Statement['Condition'] => ({
  ArnLike: { 'aws:SourceArn': sourceArn },
  StringEquals: { 'aws:SourceAccount': WHERE.account },
});

describe('a role that does not trust the service it is given to', () => {
  it.each([
    ['lambda', work, 'It (AWS::Lambda::Function): The role defined for the function cannot be assumed by Lambda.'],
    [
      'states',
      created('AWS::StepFunctions::StateMachine', { RoleArn: ROLE }, arn('states', 'stateMachine:it')),
      'nor the regional one is authorized to assume the provided role.',
    ],
    [
      'codebuild',
      created('AWS::CodeBuild::Project', { ServiceRole: ROLE }, arn('codebuild', 'project/it')),
      'CodeBuild is not authorized to perform: sts:AssumeRole on service role.',
    ],
    ['scheduler', schedule, 'must allow AWS EventBridge Scheduler to assume the role.'],
    [
      'events',
      created('AWS::Events::Rule', { Targets: [{ RoleArn: ROLE }] }, arn('events', 'rule/it')),
      "cannot be assumed by principal 'events.amazonaws.com'.",
    ],
  ])('refuses a role that distrusts %s', (service, observed, said) => {
    expect(() => check(observed, [trusting('ec2.amazonaws.com')])).toThrow(said);
    expect(() => check(observed, [])).toThrow(ROLE);
    expect(() => check(observed, [trusting(`${service}.amazonaws.com`)])).not.toThrow();
  });

  it('refuses a role for a source that its condition does not name', () => {
    const checked = (sourceArn: string) => () => check(work, [trusting('lambda.amazonaws.com', from(sourceArn))]);

    expect(checked(arn('lambda', 'function:work'))).not.toThrow();
    expect(checked(arn('lambda', 'function:other'))).toThrow('cannot be assumed by Lambda');
  });

  it('refuses a role for a schedule unless its condition names the group', () => {
    const checked = (sourceArn: string) => () => check(schedule, [trusting('scheduler.amazonaws.com', from(sourceArn))]);

    expect(checked(arn('scheduler', 'schedule-group/night'))).not.toThrow();
    expect(checked(arn('scheduler', 'schedule/night/sweep'))).toThrow('must allow AWS EventBridge Scheduler');
  });

  it('refuses a role if one statement denies, even if another trusts the service', () => {
    const denying = { ...trusting('lambda.amazonaws.com'), Effect: 'Deny' as const };

    expect(() => check(work, [trusting('lambda.amazonaws.com'), denying])).toThrow('cannot be assumed by Lambda');
  });
});

it('lets a state machine have a role that trusts the regional principal, and a rule a target without a role', () => {
  const machine = created('AWS::StepFunctions::StateMachine', { RoleArn: ROLE }, arn('states', 'stateMachine:it'));
  const rule = created('AWS::Events::Rule', { Targets: [{ Id: 'q' }] }, arn('events', 'rule/it'));

  expect(() => check(machine, [trusting('states.us-east-1.amazonaws.com')])).not.toThrow();
  expect(() => check(rule, [])).not.toThrow();
});
