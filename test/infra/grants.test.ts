import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { type Capability, capabilities } from '../../infra/capabilities.ts';
import { builds, fileOf, functionNames, rows } from '../../infra/permissions.ts';
import { assembly, constructId, grantsOf, ofType, shown, templateIn } from './template.ts';

/** For each capability, the code of a handler that needs it. Adapters are left out, so that only real calls match. */
const asks: Record<Capability, RegExp> = {
  append:
    /\b(?:deployments(?:\(\))?\.(?:read|create|record|happened)|locks(?:\(\))?\.\w+|(?:applications|approvals|history|quarantine)(?:\(\))?\.(?:read|find|keep|add)\w+)\(/,
  readTrail: /\bdeployments(?:\(\))?\.(?:trail|rowAt)\(/,
  queryRecords:
    /\b(?:applications(?:\(\))?\.listApplications|history(?:\(\))?\.(?:previousResolutions|lessons)|quarantine(?:\(\))?\.listQuarantined)\(/,
  queryFingerprints: /\bdeployments(?:\(\))?\.withFingerprint\(/,
  queryApplications: /\bdeployments(?:\(\))?\.ofApplication\(/,
  queryStatuses: /\bdeployments(?:\(\))?\.withStatus\(/,
  queryDays: /\bdeployments(?:\(\))?\.ofDay\(/,
  putBrief: /\bartifacts(?:\(\))?\.putBrief\(/,
  readArtifacts: /\bartifacts(?:\(\))?\.(?:readText|measure)\(/,
  readArtifactVersions: /\.stage\(/,
  putRows: /autonomous-deployments\/[\s\S]*\barchives\(\)/,
  putReports: /reports\/[\s\S]*\barchives\(\)/,
  readBuilds: /\bbuilds(?:\(\))?\.status\(/,
  readTarget: /\.(?:serving|shift|restore)\(/,
  stageTarget: /\.stage\(/,
  routeTarget: /\.(?:shift|restore)\(/,
  awaitConcurrency: /\.shift\(/,
  invokeTarget: /\.probe\(/,
  readMetrics: /\.sample\(/,
  queryPrometheus: /\bmetricSources\(\)/,
  orderMessages: /\boutbox(?:\(\))?\.order\(/,
  postponeMessages: /\boutbox(?:\(\))?\.postpone\(/,
  // If a target is an MCP server behind OAuth, reaching it needs the secret of the OAuth client.
  readSecrets: /\bsecrets(?:\(\))?\.readSecret\(|\.(?:serving|stage|shift|restore|probe|sample)\(/,
  sendMail: /\bmail(?:\(\))?\.send\(/,
  signLinks: /\blinkSigner(?:\(\))?\.sign\(/,
  verifyLinks: /\blinkSigner(?:\(\))?\.verify\(/,
  wakeTasks: /\bwaker(?:\(\))?\.wake\(/,
  startDeployment: /\bdeploymentStarter(?:\(\))?\.startDeployment\(/,
  takeExecutionsOver: /\ballExecutions(?:\(\))?\./,
};
const services =
  'deployments|locks|applications|approvals|history|quarantine|artifacts|archives|builds|outbox|mail|secrets|linkSigner|waker|deploymentStarter|allExecutions';

const resources = templateIn(assembly());
const { outputFiles } = await build({
  absWorkingDir: fileURLToPath(new URL('../..', import.meta.url)),
  entryPoints: Object.fromEntries(functionNames.map((name) => [name, `functions/handlers/${fileOf(name)}.ts`])),
  outdir: 'nowhere',
  write: false,
  bundle: true,
  format: 'esm',
  packages: 'external',
  external: [
    ...['dynamodb', 's3', 'sfn', 'codebuild', 'kms', 'ses', 'sqs', 'oidc', 'manager', 'mcp', 'ecs', 'lambda-alias'].map(
      (technology) => `#*.${technology}`,
    ),
    '#metrics/metrics.configured',
    '#platform/mcp/*',
  ],
  logLevel: 'error',
});
const codeOf = new Map(functionNames.map((name) => [name, outputFiles.find(({ path }) => path.endsWith(`/${name}.js`))?.text ?? '']));

describe.each(functionNames)('%s', (name) => {
  const code = codeOf.get(name) as string;

  it('has exactly the capabilities that its code uses', () => {
    const asked = Object.keys(capabilities).filter((capability) => asks[capability as Capability].test(code));

    expect([...rows[name].may].sort()).toEqual(asked.sort());
  });

  it('calls services only by methods that a capability covers', () => {
    const calls = [...code.matchAll(new RegExp(`\\b(?:${services})(?:\\(\\))?\\.\\w+\\(`, 'g'))].map(([call]) => call);
    const granted = rows[name].may.map((capability) => asks[capability]);

    expect(calls.filter((call) => !granted.some((pattern) => pattern.test(call)))).toEqual([]);
  });
});

describe('the grants of all roles', () => {
  it('use * only for actions for which IAM accepts no other resource', () => {
    const roles = ofType(resources, 'AWS::Lambda::Function').map(([, { Role }]) => shown(Role).replace(/\.Arn$/, ''));
    const everywhere = roles.flatMap((role) => grantsOf(resources, role)).filter((grant) => grant.endsWith(' on *'));

    expect([...new Set(everywhere)].sort()).toEqual(['cloudwatch:GetMetricData on *', 'states:SendTaskSuccess on *']);
  });

  it('allow releases to the named functions only', () => {
    const onFunctions = ofType(resources, 'AWS::IAM::Policy')
      .flatMap(([, { Roles }]) => Roles.flatMap((role: object) => grantsOf(resources, shown(role))))
      .filter((grant: string) => /^lambda:.* on arn:/.test(grant));

    expect(onFunctions.length).toBeGreaterThan(20);
    for (const grant of onFunctions) expect(grant).toMatch(/:function:storefront-(?:staging|production)(?::\*)?$/);
  });

  it('allow builds no release or approval, and only MakeFix the tokens of repositories', () => {
    const beyond = ofType(resources, 'AWS::CodeBuild::Project').map(([id, { ServiceRole }]) => {
      const grants = grantsOf(resources, shown(ServiceRole).replace(/\.Arn$/, ''));
      return [constructId(id), grants.filter((grant) => !/^(?:s3|logs):/.test(grant))];
    });

    expect(Object.fromEntries(beyond)).toEqual({
      FixProjectsMakeFix: ['secretsmanager:GetSecretValue on arn:Partition:secretsmanager:Region:AccountId:secret:sluice/git/*'],
      FixProjectsTestFix: [],
    });
  });

  it('allow each build exactly its rows of the matrix, and no build to write audit rows', () => {
    const granted = ofType(resources, 'AWS::CodeBuild::Project').map(([id, { ServiceRole }]) => {
      const onDeployments = grantsOf(resources, shown(ServiceRole).replace(/\.Arn$/, '')).filter((grant) =>
        grant.includes('deployments/*/'),
      );
      return [constructId(id).replace('FixProjects', ''), onDeployments.map((grant) => grant.replace(/ on .*\/\*\//, ' '))];
    });
    const made = ['artifact.zip', 'commit.bundle', 'commit.json', 'diff.patch', 'plan/*'];

    expect(Object.keys(builds)).toEqual(['MakeFix', 'TestFix']);
    expect(Object.fromEntries(granted)).toEqual({
      MakeFix: ['s3:GetObject brief.json', ...made.map((file) => `s3:PutObject ${file}`)],
      TestFix: ['artifact.zip', 'brief.json', ...made.slice(1)].map((file) => `s3:GetObject ${file}`),
    });
    const rights: string[] = Object.values(builds).flatMap(({ may }) => may);
    expect(rights.filter((right) => right in capabilities)).toEqual([]);
  });
});
