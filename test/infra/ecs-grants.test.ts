import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checked, openApp, stackIn } from '../../infra/app.ts';
import { constructId, grantsOf, ofType, type Resource, shown, templateIn } from './template.ts';

const service = { cluster: 'shop', service: 'storefront', family: 'storefront', roles: ['shop-task', 'shop-execution'] };
const outdir = mkdtempSync(join(tmpdir(), 'sluice-ecs-grants-'));
afterAll(() => rmSync(outdir, { recursive: true, force: true }));

let resources: Record<string, Resource>;
let findings: unknown[];
beforeAll(() => {
  const app = openApp(outdir);
  app.node.setContext('services', JSON.stringify([service]));
  const code = mkdtempSync(join(outdir, 'code-'));
  checked(
    app,
    stackIn(app, () => code),
  ).synth();
  resources = templateIn(outdir);
  const report = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8'));
  findings = report.pluginReports.flatMap(({ violations }: { violations: unknown[] }) => violations);
});

const ecsGrants = (functionId: string): string[] => {
  const [, { Role }] = ofType(resources, 'AWS::Lambda::Function').find(([id]) => constructId(id) === functionId) ?? ['', {}];
  return grantsOf(resources, shown(Role).replace(/\.Arn$/, '')).filter((grant) => /^(?:ecs|iam):/.test(grant));
};
const arn = (path: string) => `arn:Partition:ecs:Region:AccountId:${path}`;

describe('the grants for an ECS service', () => {
  it('name the service, its deployments, revisions and family, except where IAM accepts only *', () => {
    const all = [...new Set(ofType(resources, 'AWS::Lambda::Function').flatMap(([id]) => ecsGrants(constructId(id))))];

    const named =
      /^ecs:\w+ on .*:(?:service\/shop\/storefront|service-(?:deployment|revision)\/shop\/storefront\/\*|task-definition\/storefront:\*)$/;
    expect(all.filter((grant) => !named.test(grant)).sort()).toEqual([
      'ecs:DescribeTaskDefinition on *',
      'iam:PassRole on arn:Partition:iam::AccountId:role/shop-execution',
      'iam:PassRole on arn:Partition:iam::AccountId:role/shop-task',
    ]);
  });

  it('let only StageCandidate register task definitions, and only ApplyStep and RollBack deploy', () => {
    const may = (action: string) =>
      ofType(resources, 'AWS::Lambda::Function').flatMap(([id]) =>
        ecsGrants(constructId(id)).some((grant) => grant.startsWith(action)) ? [constructId(id)] : [],
      );

    expect(may('ecs:RegisterTaskDefinition')).toEqual(['StageCandidate']);
    expect(may('iam:PassRole')).toEqual(['StageCandidate']);
    expect(may('ecs:UpdateService')).toEqual(['ApplyStep', 'RollBack']);
    expect(may('ecs:StopServiceDeployment')).toEqual(['ApplyStep', 'RollBack']);
  });

  it('pass roles to tasks only', () => {
    const passing = ofType(resources, 'AWS::IAM::Policy')
      .flatMap(([, { PolicyDocument }]) => PolicyDocument.Statement)
      .filter((statement) => JSON.stringify(statement).includes('role/shop-task'));

    expect(passing.length).toBe(1);
    for (const { Condition } of passing) expect(Condition).toEqual({ StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } });
  });

  it('let JudgeHealth read the deployments of the service', () => {
    expect(ecsGrants('JudgeHealth')).toEqual([
      `ecs:DescribeServiceDeployments on ${arn('service-deployment/shop/storefront/*')}`,
      `ecs:DescribeServiceDeployments on ${arn('service/shop/storefront')}`,
      `ecs:DescribeServiceRevisions on ${arn('service-revision/shop/storefront/*')}`,
      `ecs:DescribeServiceRevisions on ${arn('service/shop/storefront')}`,
      `ecs:ListServiceDeployments on ${arn('service/shop/storefront')}`,
    ]);
  });

  it('leave no finding of cdk-nag without an acknowledged reason', () => {
    expect(findings).toEqual([]);
  });
});
