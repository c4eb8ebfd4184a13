import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { acknowledgeFindings } from './acknowledgements.ts';
import { bundle } from './bundles.ts';
import { fileOf, functionNames } from './functions.ts';
import { SluiceStack } from './stack.ts';

const stackName = 'Sluice';

/** Synthesises the stack into a folder without the CDK CLI, with no network and no credentials. */
export async function synthesise(outdir: string, check = false): Promise<{ outdir: string; stackName: string }> {
  const app = new App({ outdir, analyticsReporting: false });
  const entries = Object.fromEntries(functionNames.map((name) => [name, `functions/${fileOf(name)}.ts`]));
  const jobs = { 'make-fix-job': 'functions/jobs/make-fix.ts', 'test-fix-job': 'functions/jobs/test-fix.ts' };
  const bundleOf = await bundle({ ...entries, ...jobs }, join(outdir, 'bundles'));
  const targets = (app.node.tryGetContext('targets') as string | undefined)?.split(',') ?? ['storefront-staging', 'storefront-production'];
  const mailFrom = (app.node.tryGetContext('mailFrom') as string | undefined) ?? 'sluice@example.com';
  const stack = new SluiceStack(app, stackName, { bundleOf, targets, mailFrom });
  (check ? checked(app, stack) : app).synth();
  return { outdir, stackName };
}

/** Lets synthesis fail on any finding of cdk-nag that is not acknowledged with a reason. */
export function checked(app: App, stack: SluiceStack): App {
  acknowledgeFindings(stack, stack.acknowledged);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await synthesise(process.env.CDK_OUTDIR ?? 'cdk.out', true);
