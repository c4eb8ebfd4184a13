import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateAliasCommand, CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import * as z from 'zod';
import { outcomes } from '#deployment/deployment';
import { buildArtifact } from '#fix/jobs/artifact';
import { git } from '#fix/jobs/command';
import { installDependencies } from '#fix/jobs/dependencies';
import { type Application, applicationSchema, lambdaTarget } from '#policy/application';
import { applications, history } from '#services';
import { createRepository } from '../../examples/storefront/repository.ts';

const examples = (path: string) => new URL(`../../examples/${path}`, import.meta.url);
const imageModules = fileURLToPath(new URL('../../node_modules', import.meta.url));

const described = applicationSchema
  .omit({ repositoryUrl: true, policy: true })
  .extend({ targets: z.strictObject({ staging: lambdaTarget, production: lambdaTarget }) });

/** Reads the storefront's configuration as its owners wrote it. */
export const application = () => described.parse(JSON.parse(readFileSync(examples('storefront/application.json'), 'utf8')));

/** Builds version 1 from the storefront's history and points the aliases of both environments at it. */
export async function deployFirstVersion(folder: string): Promise<{ repository: string; commit: string }> {
  const { path, headCommit } = createRepository(join(folder, 'storefront.git'));
  const zip = buildHead(path);
  const lambda = new LambdaClient();
  for (const { functionName, alias } of Object.values(application().targets)) await createTarget(lambda, functionName, alias, zip);
  return { repository: path, commit: headCommit };
}

function buildHead(repository: string): Uint8Array {
  const checkout = mkdtempSync(join(tmpdir(), 'storefront-v1-'));
  try {
    git(checkout, 'clone', '--quiet', repository, '.');
    installDependencies(checkout, imageModules);
    return buildArtifact(checkout);
  } finally {
    rmSync(checkout, { recursive: true, force: true });
  }
}

async function createTarget(lambda: LambdaClient, FunctionName: string, Name: string, ZipFile: Uint8Array): Promise<void> {
  const Role = 'arn:aws:iam::000000000000:role/storefront';
  const created = {
    FunctionName,
    Role,
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    MemorySize: 512,
    Publish: true,
    Code: { ZipFile },
  } as const;
  const { Version } = await lambda.send(new CreateFunctionCommand(created));
  await lambda.send(new CreateAliasCommand({ FunctionName, Name, FunctionVersion: Version }));
}

/** Registers an application, or replaces its configuration. */
export const registerApplication = (configured: Application): Promise<void> => applications().register(configured);

const past = z.array(
  z.strictObject({
    application: z.string(),
    domain: z.string(),
    type: z.string(),
    deploymentId: z.string(),
    outcome: z.enum(outcomes),
    at: z.string(),
  }),
);

/** Imports the storefront's short list of past outcomes and returns their number. */
export async function importHistory(): Promise<number> {
  const outcomesBefore = past.parse(JSON.parse(readFileSync(examples('issues/history.json'), 'utf8')));
  for (const { application: name, domain, type, ...outcome } of outcomesBefore)
    await history().addOutcome(`${name}/${domain}/${type}`, outcome);
  return outcomesBefore.length;
}
