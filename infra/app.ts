import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import * as z from 'zod';
import cdk from '../cdk.json' with { type: 'json' };
import { acknowledgeFindings } from './acknowledgements.ts';
import { bundle } from './bundles.ts';
import { ecsServiceSchema } from './ecs-services.ts';
import { fileOf, functionNames } from './permissions.ts';
import { SluiceStack } from './stack.ts';

const stackName = 'Sluice';

const listed = <Item extends z.ZodType>(item: Item) =>
  z.preprocess((given) => (typeof given === 'string' ? given.split(',') : given), z.array(item).min(1));
const jsonOf = <Given extends z.ZodType>(given: Given) =>
  z.preprocess((text) => (typeof text === 'string' ? JSON.parse(text) : text), given);
const functionName = z.string().regex(/^[\w-]{1,64}$/);
const eventSource = z.string().regex(/^(?!aws\.)[\w./-]{1,256}$/);
const principalArn = z
  .string()
  .regex(/^arn:aws[\w-]*:iam::\d{12}:(?:role|user)\/[\w+=,.@/-]+$/, "the ARN of a role or a user, not of a role's session");
const settingsSchema = z.strictObject({
  targets: listed(functionName),
  /** Workspaces of Amazon Managed Prometheus with named metrics; comma-separated on the command line. */
  workspaces: z
    .preprocess((given) => (typeof given === 'string' ? given.split(',') : given), z.array(z.string().regex(/^ws-[\w-]+$/)))
    .default([]),
  /** ECS services that Sluice may release to; JSON on the command line. */
  services: jsonOf(z.array(ecsServiceSchema)).default([]),
  /** The one role or user that may put a source's events on the bus (docs/decisions/0010); JSON on the command line. */
  producers: jsonOf(z.record(eventSource, principalArn)).default({}),
  mailFrom: z.email(),
  linkKeys: listed(z.string().regex(/^[A-Za-z0-9]{1,32}$/)),
});

/** Synthesizes the stack into a folder without the CDK CLI, network or credentials. */
export async function synthesise(
  outdir: string,
  context: Readonly<Record<string, unknown>> = {},
  check = false,
): Promise<{ outdir: string; stackName: string }> {
  const app = openApp(outdir, context);
  const entries = Object.fromEntries(functionNames.map((name) => [name, `functions/handlers/${fileOf(name)}.ts`]));
  const jobs = { 'make-fix-job': 'functions/fix/jobs/make-fix.ts', 'test-fix-job': 'functions/fix/jobs/test-fix.ts' };
  const bundleOf = await bundle({ ...entries, ...jobs }, join(outdir, 'bundles'));
  const stack = stackIn(app, bundleOf);
  const assembly = (check ? checked(app, stack) : app).synth();
  if (check) refuseErrors(assembly.stacks.flatMap(({ messages }) => messages));
  return { outdir, stackName };
}

/** Prints the warnings of constructs and throws on their errors, as the CDK CLI does. */
export function refuseErrors(messages: readonly Message[]): void {
  const lines = (level: string) => messages.filter((each) => each.level === level).map(({ id, entry }) => `${id}: ${entry.data}`);
  for (const line of lines('warning')) console.warn(line);
  if (lines('error').length > 0) throw new Error(`the template has errors:\n${lines('error').join('\n')}`);
}

type Message = { readonly level: string; readonly id: string; readonly entry: { readonly data?: unknown } };

/** Opens an app with the context of cdk.json, also without the CDK CLI. So the local template is the deployed one. */
export const openApp = (outdir: string, context: Readonly<Record<string, unknown>> = {}): App =>
  new App({ outdir, analyticsReporting: false, context: { ...cdk.context, ...context } });

/** Makes the stack from the app's context. From the command line, lists are comma-separated or JSON. */
export function stackIn(app: App, bundleOf: (name: string) => string): SluiceStack {
  const settings = settingsSchema.parse({
    targets: app.node.tryGetContext('targets'),
    services: app.node.tryGetContext('services'),
    producers: app.node.tryGetContext('producers'),
    workspaces: app.node.tryGetContext('workspaces'),
    mailFrom: app.node.tryGetContext('mailFrom'),
    linkKeys: app.node.tryGetContext('linkKeys'),
  });
  return new SluiceStack(app, stackName, { bundleOf, ...settings });
}

/** Makes synthesis fail on each finding of cdk-nag that has no acknowledged reason. */
export function checked(app: App, stack: SluiceStack): App {
  acknowledgeFindings(stack, stack.acknowledged);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await synthesise(process.env.CDK_OUTDIR ?? 'cdk.out', {}, true);
