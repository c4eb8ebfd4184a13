import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { seededRandom, startRuntime } from '@sluice/emulator';
import { chainProblems } from '#deployment/audit-chain';
import { type Deployment, hasEnded } from '#deployment/deployment';
import { deployments } from '#services';
import { connectTo, pointAt } from '../../cli/connection.ts';
import { linkIn, submitForm } from '../../cli/start/approver.ts';
import { application, deployFirstVersion, importHistory, registerApplication } from '../../cli/start/storefront.ts';
import { submitText } from '../../cli/submit.ts';
import { nextRequest } from '../../examples/storefront/traffic.ts';
import { shapeOf } from '../scenario/outcomes.ts';
import { scenarioPolicy } from '../scenario/sluice.ts';
import { DurableClock } from './durable-clock.ts';
import { Killer, type KillPoint } from './kill-point.ts';
import { logTarget, targetLog } from './target-log.ts';

export interface Plan {
  readonly cloudAssembly: string;
  /** The folder of everything that outlives the process: data, time, and the log of changes to the target. */
  readonly folder: string;
  /** The issue to send through. Without an issue, the child only prepares the folder. */
  readonly issue?: string;
  readonly answer?: string;
  readonly kill?: KillPoint;
}

/** The end of a deployment. It is equal for a killed run and an undisturbed run. */
export interface Ended {
  readonly outcome: string;
  readonly reason: string;
  readonly trail: string[];
  readonly chain: string[];
  readonly target: string[];
  readonly executions: string[];
}

const REQUESTS_PER_SECOND = 12;
const { cloudAssembly, folder, issue, answer, kill } = JSON.parse(process.argv[2] as string) as Plan;
const clock = new DurableClock(join(folder, 'now'), Date.parse('2026-03-02T09:00:00Z'));
const targets = Object.values(application().targets);
const logFile = join(folder, 'target');
logTarget(logFile, (name) => targets.some(({ functionName }) => functionName === name));
const killer = new Killer(folder, kill);
killer.watch(clock);
const log = (line: string) => process.stderr.write(`${line}\n`);
const runtime = await startRuntime({ cloudAssembly, stackName: 'Sluice', dataDir: join(folder, 'data'), clock, log });
killer.during = 'run';
pointAt(runtime.endpoint);
connectTo(runtime.outputs);
await (issue ? sendThrough(issue) : clock.runUntil(prepare()));
await runtime.stop();
process.exit(0);

async function prepare(): Promise<void> {
  const { repository } = await deployFirstVersion(folder);
  await registerApplication({ ...application(), repositoryUrl: repository, policy: scenarioPolicy });
  await importHistory();
}

async function sendThrough(file: string): Promise<void> {
  sendTraffic('staging', 1);
  sendTraffic('production', 2);
  const { id } = await clock.runUntil(submitOnce(file).then(() => looked(ended)));
  await clock.runUntil(looked(async () => ((await executionsOf(id)).some((line) => line.endsWith('RUNNING')) ? undefined : true)));
  const { outcome = '', outcomeReason = '' } = await deployments().read(id);
  const rows = await deployments().trail(id);
  const summary: Ended = {
    outcome,
    reason: outcomeReason,
    trail: shapeOf(rows),
    chain: chainProblems(rows),
    target: targetLog(logFile),
    executions: await executionsOf(id),
  };
  writeFileSync(join(folder, 'ended.json'), JSON.stringify(summary));
}

/** If the process was killed before the file was written, it submits the issue again, as a producer would. */
async function submitOnce(file: string): Promise<void> {
  const submitted = join(folder, 'submitted');
  if (existsSync(submitted)) return;
  await submitText(readFileSync(new URL(`../../examples/issues/${file}`, import.meta.url), 'utf8'), runtime.outputs);
  writeFileSync(submitted, '');
}

async function ended(): Promise<Deployment | undefined> {
  const [deployment] = await deployments().ofApplication('storefront', 50);
  if (!deployment) return undefined;
  if (answer && deployment.approval?.status === 'PENDING') await answerMail(deployment.id, answer);
  return hasEnded(deployment) ? deployment : undefined;
}

async function answerMail(id: string, action: string): Promise<void> {
  const mail = runtime.mails().find(({ text }) => text.includes(id) && linkIn(text, action));
  if (mail) await submitForm(linkIn(mail.text, action) as string);
}

async function executionsOf(id: string): Promise<string[]> {
  const sfn = new SFNClient();
  const machines = ['Deployment', 'Release', 'Approval', 'Rollback'].map((machine) => runtime.outputs[`${machine}MachineArn`]);
  const listed = await Promise.all(machines.map((stateMachineArn) => sfn.send(new ListExecutionsCommand({ stateMachineArn }))));
  const mine = listed.flatMap(({ executions = [] }) => executions).filter(({ name }) => name?.startsWith(id));
  return mine.map(({ name, status }) => `${name?.slice(id.length)} ${status}`).sort();
}

async function looked<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise<void>((resolve) => clock.at(clock.nowMs() + 250, resolve));
  }
}

function sendTraffic(environment: 'staging' | 'production', seed: number): void {
  const lambda = new LambdaClient();
  const random = seededRandom(seed);
  const { functionName: FunctionName, alias: Qualifier } = application().targets[environment];
  const send = () => {
    const release = clock.hold('traffic');
    const Payload = Buffer.from(JSON.stringify(nextRequest('staging', random).event));
    void lambda
      .send(new InvokeCommand({ FunctionName, Qualifier, Payload }))
      .catch((thrown: Error) => log(`traffic: ${thrown.message}`))
      .finally(release);
    clock.at(clock.nowMs() + 1000 / REQUESTS_PER_SECOND, send);
  };
  clock.at(clock.nowMs(), send);
}
