import { ArnFormat, Fn, Stack } from 'aws-cdk-lib';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { definition, type MachineName, placeholdersOf } from '../statemachine/definitions.ts';
import { allow } from './allow.ts';
import type { FixProjects } from './fix-projects.ts';
import type { MachineId } from './machine-names.ts';
import { executionsOf, machineName } from './machine-names.ts';

/** The four machines, from their files. CDK adds no permissions for raw ASL, so this file grants each call's. */
export class Machines extends Construct {
  readonly byId: Readonly<Record<MachineId, StateMachine>>;
  readonly #functions: Readonly<Record<string, LambdaFunction>>;
  readonly #projects: FixProjects;

  constructor(scope: Construct, id: string, functions: Readonly<Record<string, LambdaFunction>>, projects: FixProjects) {
    super(scope, id);
    this.#functions = functions;
    this.#projects = projects;
    const Approval = this.#machine('Approval', 'approval', {});
    const Rollback = this.#machine('Rollback', 'rollback', {});
    const Release = this.#machine('Release', 'release', { Rollback });
    const Deployment = this.#machine('Deployment', 'deployment', { Release, Approval, Rollback });
    this.#letBuild(Deployment);
    this.byId = { Deployment, Release, Approval, Rollback };
  }

  #machine(id: MachineId, name: MachineName, children: Readonly<Record<string, StateMachine>>): StateMachine {
    const logGroup = new LogGroup(this, `${id}Log`, {
      logGroupName: `/aws/vendedlogs/states/sluice-${name}-${stackUuid(this)}`,
      retention: RetentionDays.ONE_YEAR,
    });
    const machine = new StateMachine(this, id, {
      stateMachineName: machineName(this, name),
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromString(definition(name)),
      definitionSubstitutions: this.#substitutions(name, children),
      tracingEnabled: true,
      logs: { destination: logGroup, level: LogLevel.ALL, includeExecutionData: false },
    });
    const invoked = Object.entries(this.#functions).filter(([functionName]) => placeholdersOf(name).includes(`${functionName}Arn`));
    for (const [, invokedFunction] of invoked) allow(machine, ['lambda:InvokeFunction'], [invokedFunction.functionArn]);
    for (const [childId, child] of Object.entries(children)) letRun(machine, child, childId as MachineId);
    return machine;
  }

  #substitutions(name: MachineName, children: Readonly<Record<string, StateMachine>>): Record<string, string> {
    const values: Record<string, string> = {
      MakeFixProjectName: this.#projects.makeFix.projectName,
      TestFixProjectName: this.#projects.testFix.projectName,
    };
    for (const [id, machine] of Object.entries(children)) values[`${id}Arn`] = machine.stateMachineArn;
    for (const [id, made] of Object.entries(this.#functions)) values[`${id}Arn`] = made.functionArn;
    return Object.fromEntries(
      placeholdersOf(name).map((placeholder) => {
        const value = values[placeholder];
        if (value === undefined)
          throw new Error(`statemachine/${name}.asl.json: no function, machine or project has the name \${${placeholder}}`);
        return [placeholder, value];
      }),
    );
  }

  #letBuild(machine: StateMachine): void {
    const projects = [this.#projects.makeFix.projectArn, this.#projects.testFix.projectArn];
    allow(machine, ['codebuild:StartBuild', 'codebuild:StopBuild', 'codebuild:BatchGetBuilds'], projects);
    letManageRule(machine, 'StepFunctionsGetEventForCodeBuildStartBuildRule');
  }
}

/** Log groups outlive their stack, so a fixed name would block the next stack. */
const stackUuid = (scope: Construct) => Fn.select(2, Fn.split('/', Stack.of(scope).stackId));

/** `startExecution.sync:2` starts, stops and describes the child. A rule of Step Functions reports the child's end. */
function letRun(machine: StateMachine, child: StateMachine, childId: MachineId): void {
  allow(machine, ['states:StartExecution'], [child.stateMachineArn]);
  allow(machine, ['states:DescribeExecution', 'states:StopExecution'], [executionsOf(machine, childId)]);
  letManageRule(machine, 'StepFunctionsGetEventsForStepFunctionsExecutionRule');
}

function letManageRule(machine: StateMachine, ruleName: string): void {
  const rule = Stack.of(machine).formatArn({
    service: 'events',
    resource: 'rule',
    resourceName: ruleName,
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });
  allow(machine, ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'], [rule]);
}
