interface Entry {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation properties have no static type
  readonly Properties?: any;
}
type Resources = Readonly<Record<string, Entry>>;

const everything = { Effect: 'Allow', Action: '*', Resource: '*' };

const everybody = { Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: '*' }] };

/**
 * Lets every role, queue, bus and function of a template do and accept everything, unless the template has policies.
 */
export function permitted(template: { Resources?: Resources }): object {
  const { Resources = {} } = template;
  const entries = Object.entries(Resources);
  const has = (type: string) => entries.some(([, entry]) => entry.Type === type);
  const isInvokedByServices = has('AWS::Events::Rule') || has('AWS::ApiGatewayV2::Api');
  const opened = entries.map(([id, entry]) => [id, entry.Type === 'AWS::IAM::Role' && !has('AWS::IAM::Policy') ? openRole(entry) : entry]);
  const added = entries.flatMap(([id, { Type }]) => {
    if (Type === 'AWS::SQS::Queue' && !has('AWS::SQS::QueuePolicy')) return [[`${id}Open`, openQueue(id)]];
    if (Type === 'AWS::Events::EventBus') return [[`${id}Open`, openBus(id)]];
    if (Type === 'AWS::Lambda::Function' && isInvokedByServices && !has('AWS::Lambda::Permission'))
      return [[`${id}Open`, openFunction(id)]];
    return [];
  });
  return { ...template, Resources: { ...outsideRoles(template), ...Object.fromEntries([...opened, ...added]) } };
}

function openRole({ Type, Properties = {} }: Entry): Entry {
  const Policies = Properties.Policies ?? [{ PolicyName: 'everything', PolicyDocument: { Statement: [everything] } }];
  const AssumeRolePolicyDocument = Properties.AssumeRolePolicyDocument ?? everybody;
  return { Type, Properties: { ...Properties, Policies, AssumeRolePolicyDocument } };
}

const openQueue = (id: string): Entry => ({
  Type: 'AWS::SQS::QueuePolicy',
  Properties: { Queues: [{ Ref: id }], PolicyDocument: { Statement: [{ ...everything, Principal: '*' }] } },
});

const openBus = (id: string): Entry => ({
  Type: 'AWS::Events::EventBusPolicy',
  Properties: { EventBusName: { Ref: id }, StatementId: 'everything', Statement: { ...everything, Principal: '*' } },
});

const openFunction = (id: string): Entry => ({
  Type: 'AWS::Lambda::Permission',
  Properties: { FunctionName: { 'Fn::GetAtt': [id, 'Arn'] }, Action: 'lambda:InvokeFunction', Principal: '*' },
});

/** Roles that a template names by ARN only become roles of their own. */
function outsideRoles(template: object): Resources {
  const named = JSON.stringify(template).matchAll(/"arn:aws:iam::\d+:role\/(\w+)"/g);
  const roles = [...new Set([...named].map(([, name]) => name as string))];
  return Object.fromEntries(
    roles.map((RoleName) => [`Outside${RoleName}`, openRole({ Type: 'AWS::IAM::Role', Properties: { RoleName } })]),
  );
}
