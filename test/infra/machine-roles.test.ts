import { describe, expect, it } from 'vitest';
import { fileOf } from '../../infra/permissions.ts';
import { machineNames, placeholdersOf, rawDefinition } from '../../statemachine/definitions.ts';
import { assembly, constructId, grantsOf, ofType, type Properties, shown, templateIn } from './template.ts';

interface Call {
  readonly Type: string;
  readonly Resource: string;
  readonly Arguments: Readonly<Record<string, string>>;
}

const resources = templateIn(assembly());
const machine = (name: string): Properties => {
  const found = ofType(resources, 'AWS::StepFunctions::StateMachine').find(
    ([, properties]) => properties.StateMachineName === `Sluice-${name}`,
  );
  if (!found) throw new Error(`no machine ${name}`);
  return found[1];
};
const callsOf = (name: (typeof machineNames)[number]): Call[] =>
  Object.values(JSON.parse(rawDefinition(name)).States as Record<string, Call>).filter(({ Type }) => Type === 'Task');

/** The actions for logging and tracing, which the ASL does not name. IAM accepts only `*` for them. */
const observation = [
  ...['Create', 'Get', 'Update', 'Delete'].map((verb) => `logs:${verb}LogDelivery on *`),
  ...['ListLogDeliveries', 'PutResourcePolicy', 'DescribeResourcePolicies', 'DescribeLogGroups'].map((action) => `logs:${action} on *`),
  ...['PutTraceSegments', 'PutTelemetryRecords', 'GetSamplingRules', 'GetSamplingTargets'].map((action) => `xray:${action} on *`),
];

const managedRule = (rule: string) =>
  ['PutTargets', 'PutRule', 'DescribeRule'].map((action) => `events:${action} on arn:Partition:events:Region:AccountId:rule/${rule}`);

/** The grants that one call needs, by AWS's documentation of the integration. */
function needsOf(call: Call, substitution: (argument: string) => string): string[] {
  const { FunctionName = '', StateMachineArn = '', ProjectName = '' } = call.Arguments;
  switch (call.Resource) {
    case 'arn:aws:states:::lambda:invoke':
    case 'arn:aws:states:::lambda:invoke.waitForTaskToken':
      return [`lambda:InvokeFunction on ${substitution(FunctionName)}`];
    case 'arn:aws:states:::states:startExecution.sync:2': {
      const child = substitution(StateMachineArn);
      const executions = `arn:Partition:states:Region:AccountId:execution:${resources[child]?.Properties.StateMachineName}:*`;
      const onExecutions = ['DescribeExecution', 'StopExecution'].map((action) => `states:${action} on ${executions}`);
      return [`states:StartExecution on ${child}`, ...onExecutions, ...managedRule('StepFunctionsGetEventsForStepFunctionsExecutionRule')];
    }
    case 'arn:aws:states:::codebuild:startBuild.sync': {
      const project = `${substitution(ProjectName)}.Arn`;
      const onProject = ['StartBuild', 'StopBuild', 'BatchGetBuilds'].map((action) => `codebuild:${action} on ${project}`);
      return [...onProject, ...managedRule('StepFunctionsGetEventForCodeBuildStartBuildRule')];
    }
    default:
      throw new Error(`this test does not know which grants ${call.Resource} needs`);
  }
}

describe.each(machineNames)('the machine %s', (name) => {
  const { DefinitionSubstitutions: substitutions, RoleArn } = machine(name);

  it('gets exactly the substitutions that its file names', () => {
    expect(Object.keys(substitutions).sort()).toEqual(placeholdersOf(name));
  });

  it('gets for each placeholder the function, machine or project of that name', () => {
    for (const [placeholder, value] of Object.entries(substitutions)) {
      const id = shown(value).replace(/\.Arn$/, '');
      const [named, kind] = placeholder.match(/^(.*?)(Arn|ProjectName)$/)?.slice(1) ?? [];
      expect(constructId(id).replace(/^(?:Machines|FixProjects)/, ''), placeholder).toBe(named);
      expect(resources[id]?.Type, placeholder).toMatch(kind === 'Arn' ? /Lambda::Function|StateMachine/ : /CodeBuild::Project/);
    }
  });

  it('has exactly the grants that its calls need', () => {
    const substitution = (argument: string) => shown(substitutions[argument.slice(2, -1)]).replace(/^\$\{|\}$/g, '');
    const needed = new Set([...observation, ...callsOf(name).flatMap((call) => needsOf(call, substitution))]);

    expect(grantsOf(resources, shown(RoleArn).replace(/\.Arn$/, ''))).toEqual([...needed].sort());
  });

  it('logs all events without execution data', () => {
    expect(machine(name)).toMatchObject({
      StateMachineType: 'STANDARD',
      TracingConfiguration: { Enabled: true },
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
    });
  });
});

describe('all machines together', () => {
  it('call each task function from the state with its name', () => {
    const called = machineNames.flatMap((name) =>
      Object.entries(JSON.parse(rawDefinition(name)).States as Record<string, Call>).flatMap(([state, { Resource, Arguments }]) =>
        Resource?.includes('lambda:invoke') ? [[state, Arguments.FunctionName]] : [],
      ),
    );

    expect(called.length).toBeGreaterThan(15);
    for (const [state, functionName] of called) expect(functionName).toBe(`\${${state}Arn}`);
    expect(new Set(called.map(([state]) => fileOf(state as string))).size).toBe(16);
  });
});
