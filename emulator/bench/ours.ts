import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { realClock } from '../clock/clock.ts';
import type { Occurrence } from '../hosts/events/event.ts';
import type { ApiReply, HostContext } from '../hosts/host.ts';
import { hostStepFunctions } from '../hosts/states/step-functions.ts';
import { passes, transitions, waits } from './machines.ts';
import { report, residentMb } from './report.ts';

const [, , mode = '', folder = '', count = ''] = process.argv;
const tokens = join(folder, 'tokens');
let waiting = 0;
let ended = 0;
let onProgress = () => {};

const context: HostContext = {
  clock: realClock(),
  region: 'us-east-1',
  account: '000000000000',
  dataDir: folder,
  endpoint: 'http://127.0.0.1:0',
  credentialsFor: () => ({ accessKeyId: '', secretAccessKey: '', sessionToken: '' }),
  assetPath: (key) => key,
  async call(_, { body = '' }) {
    appendFileSync(tokens, `${JSON.parse(body).token}\n`);
    waiting++;
    setImmediate(onProgress);
    return { status: 200, body: 'null' };
  },
  log: console.error,
};
const host = hostStepFunctions(context, { publish: onStatus });

function onStatus({ detail }: Occurrence): void {
  if (detail.status === 'SUCCEEDED') ended++;
  onProgress();
}

async function api<Answer>(operation: string, request: object): Promise<Answer> {
  const call = { signingName: 'states', operation, caller: { arn: 'arn:aws:iam::000000000000:user/bench' }, method: 'POST', path: '/' };
  const reply: ApiReply = await host.handle({
    ...call,
    query: new URLSearchParams(),
    headers: {},
    body: Buffer.from(JSON.stringify(request)),
  });
  return JSON.parse(String(reply.body)) as Answer;
}

const until = (reached: () => boolean) =>
  new Promise<void>((resolve) => {
    onProgress = () => reached() && resolve();
    onProgress();
  });

async function start(definition: object, executions: number): Promise<void> {
  const machine = { name: mode, definition: JSON.stringify(definition), roleArn: 'arn:aws:iam::000000000000:role/bench' };
  const { stateMachineArn } = await api<{ stateMachineArn: string }>('CreateStateMachine', machine);
  for (let i = 0; i < executions; i++) await api('StartExecution', { stateMachineArn, input: '{}' });
}

const modes: Record<string, () => Promise<void>> = {
  async fill() {
    const emptyMb = residentMb();
    await start(waits, Number(count));
    await until(() => waiting === Number(count));
    report({ residentMb: residentMb(), emptyMb });
    await new Promise(() => setInterval(() => {}, 60_000));
  },
  async resume() {
    await host.start();
    const resumedMs = performance.now();
    const [first = '', ...others] = readFileSync(tokens, 'utf8').trim().split('\n');
    await api('SendTaskSuccess', { taskToken: first, output: '{}' });
    await until(() => ended === 1);
    const firstMs = performance.now();
    for (const taskToken of others) await api('SendTaskSuccess', { taskToken, output: '{}' });
    await until(() => ended === others.length + 1);
    report({
      resumedMs,
      firstMs,
      lost: Number(count) - ended,
      askedAgain: waiting,
      settledPerSecond: (1000 * ended) / (performance.now() - firstMs),
    });
  },
  async pass() {
    const startMs = performance.now();
    await start(passes, Number(count));
    await until(() => ended === Number(count));
    report({ transitionsPerSecond: (1000 * transitions * ended) / (performance.now() - startMs) });
  },
};
await modes[mode]?.();
process.exit(0);
