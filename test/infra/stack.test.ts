import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { fileOf, functionNames, rows } from '../../infra/functions.ts';
import { machineNames, placeholdersOf, rawDefinition } from '../../statemachine/definitions.ts';

interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly Arguments?: { readonly FunctionName?: string };
  readonly Retry?: readonly object[];
  readonly Catch?: readonly object[];
  readonly TimeoutSeconds?: unknown;
}
interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Condition?: object;
}
// biome-ignore lint/suspicious/noExplicitAny: a CloudFormation template has no static type
let resources: Record<string, { Type: string; Properties: any }>;

const machines = machineNames.map((name) => ({
  name,
  definition: JSON.parse(rawDefinition(name)) as { QueryLanguage: string; States: Record<string, State> },
}));
const lambdaTasks = machines.flatMap(({ definition }) =>
  Object.entries(definition.States).filter(([, { Resource }]) => Resource?.includes('lambda:invoke')),
);
const ofType = (type: string) => Object.entries(resources).filter(([, resource]) => resource.Type === type);
const statementsOf = (document: { Statement: Statement[] }) =>
  document.Statement.map((statement) => ({ ...statement, actions: [statement.Action].flat() }));

beforeAll(() => {
  const folder = process.env.SLUICE_CLOUD_ASSEMBLY as string;
  resources = JSON.parse(readFileSync(join(folder, 'Sluice.template.json'), 'utf8')).Resources;
});

describe('the machines', () => {
  it('are JSONata at the top and nowhere JSONPath', () => {
    for (const { definition } of machines) {
      expect(definition.QueryLanguage).toBe('JSONata');
      expect(JSON.stringify(definition)).not.toMatch(/"(?:ResultPath|InputPath|OutputPath|Parameters|ResultSelector|\w+\.\$)"/);
    }
  });

  it('name each Lambda task like its file, its construct and its substitution', () => {
    for (const [state, { Arguments }] of lambdaTasks) {
      expect(Arguments?.FunctionName).toBe(`\${${state}Arn}`);
      expect(functionNames).toContain(state);
      expect(existsSync(new URL(`../../functions/${fileOf(state)}.ts`, import.meta.url))).toBe(true);
    }
  });

  it('use every placeholder that they have, and the stack knows each', () => {
    for (const name of machineNames)
      expect(placeholdersOf(name).every((placeholder) => rawDefinition(name).includes(`\${${placeholder}}`))).toBe(true);
  });

  it('give every task a timeout and a retry for transient errors with full jitter', () => {
    const tasks = machines.flatMap(({ definition }) => Object.entries(definition.States).filter(([, { Type }]) => Type === 'Task'));

    for (const [name, { TimeoutSeconds, Retry }] of tasks) {
      expect(TimeoutSeconds, name).toBeDefined();
      expect(Retry, name).toEqual([expect.objectContaining({ JitterStrategy: 'FULL' })]);
    }
  });

  it('catch every failure of a task, except where a failure must be seen as one', () => {
    const uncaught = machines.flatMap(({ name, definition }) =>
      Object.entries(definition.States).flatMap(([state, { Type, Catch }]) => (Type === 'Task' && !Catch ? [`${name}/${state}`] : [])),
    );

    expect(uncaught).toEqual(['deployment/RecordOutcome', 'approval/SettleApproval', 'rollback/FinishRollback', 'rollback/RecordOutcome']);
  });

  it('end business outcomes in Succeed and have no Fail state', () => {
    expect(machines.flatMap(({ definition }) => Object.values(definition.States)).filter(({ Type }) => Type === 'Fail')).toEqual([]);
  });
});

describe('the functions', () => {
  it('are one file, one row and one resource each', () => {
    const files = functionNames.filter((name) => existsSync(new URL(`../../functions/${fileOf(name)}.ts`, import.meta.url)));

    expect(files).toEqual(functionNames);
    expect(ofType('AWS::Lambda::Function')).toHaveLength(functionNames.length);
  });

  it('get exactly the variables that their bundles read', () => {
    for (const name of functionNames) {
      const bundle = readFileSync(join(process.env.SLUICE_CLOUD_ASSEMBLY as string, 'bundles', name, 'index.mjs'), 'utf8');
      for (const variable of rows[name].variables) expect(bundle, `${name} ${variable}`).toContain(variable);
    }
  });

  it('have a role and a log group of their own', () => {
    const roles = ofType('AWS::Lambda::Function').map(([, { Properties }]) => JSON.stringify(Properties.Role));

    expect(new Set(roles).size).toBe(functionNames.length);
  });
});

describe('the tables', () => {
  it('let nobody update or delete an audit row, and say so in the table’s own policy', () => {
    const denied = ofType('AWS::DynamoDB::GlobalTable').flatMap(
      ([, { Properties }]) => Properties.Replicas[0].ResourcePolicy?.PolicyDocument ?? [],
    );
    const granted = ofType('AWS::IAM::Policy').flatMap(([, { Properties }]) =>
      statementsOf(Properties.PolicyDocument).flatMap(({ actions }) => actions),
    );

    expect(denied.flatMap(statementsOf)).toEqual([
      expect.objectContaining({ Effect: 'Deny', actions: expect.arrayContaining(['dynamodb:UpdateItem', 'dynamodb:DeleteItem']) }),
    ]);
    expect(granted.filter((action) => /^dynamodb:(?:Update|Delete|BatchWrite|PartiQL|Scan|\*)/.test(action))).toEqual([]);
  });

  it('take audit rows only inside a transaction', () => {
    const puts = ofType('AWS::IAM::Policy').flatMap(([, { Properties }]) =>
      statementsOf(Properties.PolicyDocument).filter(
        (statement) => statement.actions.includes('dynamodb:PutItem') && JSON.stringify(statement).includes('Audit'),
      ),
    );

    expect(puts.length).toBeGreaterThan(10);
    for (const { Condition } of puts)
      expect(Condition).toEqual({ StringEquals: { 'dynamodb:EnclosingOperation': ['TransactWriteItems'] } });
  });
});

describe('the stack', () => {
  it('has no custom resource', () => {
    expect(
      Object.values(resources).filter(({ Type }) => Type.startsWith('Custom::') || Type === 'AWS::CloudFormation::CustomResource'),
    ).toEqual([]);
  });

  it('lets only its rule fill the bus’s queue', () => {
    const policies = ofType('AWS::SQS::QueuePolicy').filter(([id]) => id.startsWith('BusIssuesQueue'));
    const allowed = policies.flatMap(([, { Properties }]) =>
      statementsOf(Properties.PolicyDocument).filter(({ Effect }) => Effect === 'Allow'),
    );

    expect(allowed).toEqual([
      expect.objectContaining({
        Principal: { Service: 'events.amazonaws.com' },
        Condition: expect.objectContaining({ ArnEquals: expect.anything() }),
      }),
    ]);
  });
});
