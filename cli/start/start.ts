import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { realClock, seededRandom, startRuntime } from '@sluice/emulator';
import { type Deployment, hasEnded } from '#deployment/deployment';
import { guidePolicy, localPolicy, type Policy } from '#policy/policy';
import { deployments } from '#services';
import { localProducers } from '../../examples/storefront/producers.ts';
import { synthesise } from '../../infra/app.ts';
import { connect, connectionFile, localFolder, pointAt } from '../connection.ts';
import { detectedAt, submitText } from '../submit.ts';
import { UsageError } from '../usage-error.ts';
import { linkIn, submitForm } from './approver.ts';
import { Progress } from './progress.ts';
import { application, deployFirstVersion, importHistory, registerApplication } from './storefront.ts';
import { type Line, printRollbacks, printSummary } from './summary.ts';
import { Traffic } from './traffic.ts';

export interface StartOptions {
  readonly approve?: boolean;
  readonly keep?: boolean;
  readonly policy: string;
}

const policies: Record<string, { policy: Policy; says: string }> = {
  local: {
    policy: localPolicy,
    says: 'the default policy with seconds instead of minutes, 20 s to cancel, 45 s to approve (`--policy guide` for the real durations)',
  },
  guide: { policy: guidePolicy, says: 'the default policy with its real durations: hours, not minutes' },
};

const REQUESTS_PER_SECOND = { staging: 15, production: 20 };

/** Runs all of Sluice on this machine and sends three real issues through it. Resolves when all three have ended. */
export async function start(options: StartOptions): Promise<void> {
  const chosen = policies[options.policy];
  if (!chosen) throw new UsageError(`unknown policy ${options.policy}: use --policy local or --policy guide`);
  const progress = new Progress();
  const runtime = await startStack(progress);
  progress.say('', `policy: ${chosen.says}`);
  const version = await deployFirstVersion(localFolder);
  await registerApplication({ ...application(), repositoryUrl: version.repository, policy: chosen.policy });
  progress.say('', `storefront v1 (commit ${version.commit.slice(0, 7)}) serves staging and production`);
  progress.say(
    '',
    `imported ${await importHistory()} past outcomes from examples/issues/history.json: without a history each fix needs a person`,
  );
  const traffic = startTraffic();
  try {
    const lines = await sendIssues(runtime, progress, traffic.production, options.approve ?? false);
    printSummary(lines);
    await printRollbacks(lines);
    reportDenied(runtime);
    reportSurprises(lines, options.approve ?? false);
    if (options.keep) await keepRunning(runtime, progress);
  } finally {
    await Promise.all([traffic.staging.stop(), traffic.production.stop()]);
    await runtime.stop();
    rmSync(connectionFile, { force: true });
  }
}

/** The run checks itself: if an outcome is not the expected one, it exits with 1 and says where to look. */
function reportSurprises(lines: readonly Line[], approve: boolean): void {
  const expected: Record<string, string> = { a: 'Deployed', b: approve ? 'Deployed' : 'Cancelled', c: 'RolledBack' };
  for (const { label, deployment } of lines.filter((line) => line.deployment.outcome !== expected[line.label])) {
    console.error(
      `issue ${label} ended as ${deployment.outcome}, expected was ${expected[label]}: ${deployment.outcomeReason}; build logs are in ${localFolder}/data/codebuild/logs`,
    );
    process.exitCode = 1;
  }
}

/** A refused call means that a policy statement is missing in infra/, even if the run ended well. */
function reportDenied({ denied }: Runtime): void {
  for (const { message, missing } of denied) console.error(`${message}\n  missing: ${JSON.stringify(missing)}`);
  if (denied.length > 0) process.exitCode = 1;
}

type Runtime = Awaited<ReturnType<typeof startRuntime>>;

async function startStack(progress: Progress): Promise<Runtime> {
  rmSync(localFolder, { recursive: true, force: true });
  mkdirSync(localFolder, { recursive: true });
  progress.say('', 'synthesizing the stack …');
  const { outdir, stackName } = await synthesise(resolve(localFolder, 'cdk.out'), { producers: localProducers });
  const runtime = await startRuntime({
    cloudAssembly: outdir,
    stackName,
    dataDir: resolve(localFolder, 'data'),
    clock: realClock(),
    log: () => undefined,
  });
  writeFileSync(connectionFile, JSON.stringify({ endpoint: runtime.endpoint, outputs: runtime.outputs }, null, 2));
  pointAt(runtime.endpoint);
  connect(undefined);
  progress.say('', `the stack runs on ${runtime.endpoint}`);
  return runtime;
}

function startTraffic() {
  const of = (environment: 'staging' | 'production', seed: number) => {
    const traffic = new Traffic(new LambdaClient(), application().targets[environment].functionName, environment, seededRandom(seed));
    traffic.start(REQUESTS_PER_SECOND[environment]);
    return traffic;
  };
  return { staging: of('staging', 1), production: of('production', 2) };
}

const issues = [
  { label: 'a', file: 'a-failed-check.json' },
  { label: 'b', file: 'b-dependabot-alert.json' },
  { label: 'c', file: 'c-code-quality.json' },
];

/** Submits each issue when the fix before it serves production or has ended. So its fix is built on that version. */
async function sendIssues(runtime: Runtime, progress: Progress, traffic: Traffic, approve: boolean): Promise<Line[]> {
  const following: Promise<Line>[] = [];
  const known = new Set<string>();
  for (const { label, file } of issues) {
    const before = traffic.served();
    const sent = await submitText(
      detectedAt(new Date().toISOString(), readFileSync(new URL(`../../examples/issues/${file}`, import.meta.url), 'utf8')),
      runtime.outputs,
    );
    progress.say(label, `submitted ${file} to the ${sent.channel}`);
    const id = await admittedId(known);
    if (label === 'b') void answerWhenAsked(runtime, progress, id, approve);
    const live = await progress.follow(label, id, (deployment) => deployment.status === 'Verifying' || hasEnded(deployment));
    following.push(
      progress.follow(label, id, hasEnded, live.sequence).then((deployment) => {
        const after = traffic.served();
        return { label, deployment, production: { requests: after.requests - before.requests, failed: after.failed - before.failed } };
      }),
    );
  }
  return Promise.all(following);
}

async function admittedId(known: Set<string>): Promise<string> {
  for (;;) {
    const fresh = (await deployments().ofApplication('storefront', 20)).find(({ id }) => !known.has(id));
    if (fresh) {
      known.add(fresh.id);
      return fresh.id;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Waits for the mail with the question, prints its link and, with --approve, submits its form. */
async function answerWhenAsked(runtime: Runtime, progress: Progress, id: string, approve: boolean): Promise<void> {
  const pending = ({ approval, ...deployment }: Deployment) => approval?.status === 'PENDING' || hasEnded(deployment as Deployment);
  while (!pending(await deployments().read(id))) await new Promise((resolve) => setTimeout(resolve, 300));
  const link = await mailedLink(runtime, id);
  if (!link) return;
  progress.say('b', `approve at ${link}`);
  if (!approve) return;
  const { status, heading } = await submitForm(link);
  progress.say('b', `--approve submitted the page's form: ${status} ${heading}`);
}

async function mailedLink(runtime: Runtime, id: string): Promise<string | undefined> {
  for (;;) {
    const mail = (await runtime.mails()).find(({ text }) => text.includes(id) && linkIn(text, 'approve'));
    if (mail) return linkIn(mail.text, 'approve');
    if (hasEnded(await deployments().read(id))) return undefined;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

async function keepRunning(runtime: Runtime, progress: Progress): Promise<void> {
  progress.say(
    '',
    `still running: HTTP API ${runtime.outputs.ApiUrl}, endpoint ${runtime.endpoint}; try \`npx sluice list\` in another terminal; Ctrl-C ends Sluice`,
  );
  await new Promise<void>((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
}
