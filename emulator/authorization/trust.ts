import type { HostedResource, TemplateResource } from '../hosts/host.ts';
import type { Policies } from '../hosts/iam/statements.ts';
import type { Observed } from './creation.ts';
import { evaluate } from './evaluate.ts';
import { need, type Where } from './need.ts';
import { checkStatement } from './statement.ts';

/** A role that a service must be able to assume, the resource that needs it, and the service's words if it cannot. */
interface Assumption {
  readonly role: string;
  readonly principals: readonly string[];
  readonly sourceArn: string;
  readonly refused: string;
}

type Lister = (properties: TemplateResource['properties'], hosted: HostedResource, where: Where) => Assumption[];

const LISTERS: Readonly<Record<string, Lister>> = {
  'AWS::Lambda::Function': ({ Role }, { attributes: { Arn = '' } }) => [
    assumption(Role, 'lambda', Arn, 'The role defined for the function cannot be assumed by Lambda.'),
  ],
  'AWS::StepFunctions::StateMachine': ({ RoleArn }, { ref }, { region }) => [
    {
      ...assumption(RoleArn, 'states', ref, NO_STATES),
      principals: ['states.amazonaws.com', `states.${region}.amazonaws.com`],
    },
  ],
  'AWS::CodeBuild::Project': ({ ServiceRole }, { attributes: { Arn = '' } }) => [
    assumption(ServiceRole, 'codebuild', Arn, 'CodeBuild is not authorized to perform: sts:AssumeRole on service role.'),
  ],
  // Scheduler assumes the role on behalf of the schedule's group, not of the schedule.
  'AWS::Scheduler::Schedule': ({ Target }, { attributes: { Arn = '' } }) => [
    assumption(Target.RoleArn, 'scheduler', Arn.replace(/:schedule\/(.*)\/.*$/, ':schedule-group/$1'), NO_SCHEDULER),
  ],
  'AWS::Events::Rule': ({ Targets = [] }, { attributes: { Arn = '' } }) =>
    Targets.flatMap(({ RoleArn }: { RoleArn?: string }) => (RoleArn ? [assumption(RoleArn, 'events', Arn, noEvents(RoleArn))] : [])),
};

const NO_STATES =
  // prose-ignore banned-word: AWS's own text
  'Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role.';
const NO_SCHEDULER = 'The execution role you provide must allow AWS EventBridge Scheduler to assume the role.';
const noEvents = (role: string) => `Provided role '${role}' cannot be assumed by principal 'events.amazonaws.com'.`;

const assumption = (role: string, service: string, sourceArn: string, refused: string): Assumption => ({
  role,
  principals: [`${service}.amazonaws.com`],
  sourceArn,
  refused,
});

/**
 * Throws an error that names the first resource with a role that distrusts its service. AWS checks this at creation.
 */
export function checkTrust(observed: readonly Observed[], { trust }: Pick<Policies, 'trust'>, where: Where): void {
  for (const { resource, hosted } of observed) {
    for (const wanted of LISTERS[resource.type]?.(resource.properties, hosted, where) ?? []) {
      for (const statement of trust.get(wanted.role) ?? []) checkStatement(statement);
      if (!isTrusted(wanted, trust, where)) throw new Error(`${resource.logicalId} (${resource.type}): ${wanted.refused}: ${wanted.role}`);
    }
  }
}

/** A trust policy is the resource policy of a role. */
function isTrusted({ role, principals, sourceArn }: Assumption, trust: Policies['trust'], { account }: Where): boolean {
  const wanted = need('sts:AssumeRole', role, { 'aws:sourcearn': sourceArn, 'aws:sourceaccount': account });
  return principals.some((principal) => evaluate({ identity: new Map(), resource: trust }, principal, wanted).allowed);
}
