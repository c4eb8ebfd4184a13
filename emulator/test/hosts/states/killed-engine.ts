import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import { ask, FunctionError, invoke, only, START, Stage } from './stage.ts';

// Resumes one execution and kills itself before its n-th SQL write, so also in the middle of a transaction.
// The last process prints how the execution ended.
const [folder = '', writes] = process.argv.slice(2);
const asked = join(folder, 'asked');
const startMs = lastEventMs();
let left = Number(writes);
const { run } = StatementSync.prototype;
StatementSync.prototype.run = function (...values: unknown[]) {
  if (left-- === 0) process.kill(process.pid, 'SIGKILL');
  return Reflect.apply(run, this, values);
};

const stage: Stage = new Stage({
  folder,
  startMs,
  functions: {
    double: (n: number) => 2 * n,
    flaky: ({ n, retries }) => {
      if (retries === 0) throw new FunctionError('Busy');
      return n;
    },
    ask: ({ token }) => {
      appendFileSync(asked, `${token}\n`);
      answerLater(token);
    },
  },
});
const child = await stage.create(only({ Type: 'Wait', Seconds: 900, Output: '{% $states.input.n + 1 %}', End: true }), 'child');
const machine = await stage.create(story(child), 'story');
const executionArn = `${machine.replace('stateMachine', 'execution')}:one`;
await stage.resume();
for (const token of tokens()) answerLater(token);
const known = await stage.api('DescribeExecution', { executionArn }).catch(({ name }) => name);
if (known === 'ExecutionDoesNotExist') await stage.start(machine, 5, 'one');
const { status, output } = await stage.end(executionArn);
const history = await stage.history(executionArn);
const { executions } = await stage.api('ListExecutions', { stateMachineArn: child });
const events = history.map(({ type, ...event }) => `${type} ${event.stateEnteredEventDetails?.name ?? ''}`);
console.log(JSON.stringify({ status, output, events: events.sort(), ids: history.map(({ id }) => id), children: executions.length }));
process.exit(0);

function story(StateMachineArn: string): object {
  const Retry = [{ ErrorEquals: ['Busy'], JitterStrategy: 'FULL', IntervalSeconds: 60 }];
  const Arguments = { FunctionName: 'flaky', Payload: { n: '{% $states.input %}', retries: '{% $states.context.State.RetryCount %}' } };
  const soak = (Seconds: number) => only({ Type: 'Wait', Seconds, Output: '{% $doubled %}', End: true }, {}, `Soak ${Seconds}`);
  return {
    StartAt: 'Double',
    States: {
      Double: invoke('double', { Assign: { doubled: '{% $states.result.Payload %}' }, Next: 'Soak' }),
      Soak: { Type: 'Wait', Seconds: 3600, Next: 'Child' },
      Child: {
        Type: 'Task',
        Resource: 'arn:aws:states:::states:startExecution.sync:2',
        Arguments: { StateMachineArn, Input: { n: '{% $states.input %}' } },
        Output: '{% $states.result.Output %}',
        Next: 'Ask',
      },
      Ask: ask('ask', { TimeoutSeconds: 86_400, Output: '{% $states.input %}', Next: 'Each' }),
      Each: {
        Type: 'Map',
        Items: '{% [1..$states.input] %}',
        MaxConcurrency: 3,
        ItemProcessor: only(invoke('flaky', { Arguments, Retry, End: true })),
        Next: 'Both',
      },
      Both: { Type: 'Parallel', Branches: [soak(10), soak(20)], Output: '{% [$states.input, $states.result] %}', End: true },
    },
  };
}

function answerLater(taskToken: string): void {
  const answer = () => stage.api('SendTaskSuccess', { taskToken, output: '{}' });
  stage.clock.at(stage.clock.nowMs() + 600_000, () => void answer().catch(tolerateSettled));
}

/** A question that was asked again is answered again. */
function tolerateSettled(thrown: Error): void {
  if (thrown.name !== 'TaskTimedOut') throw thrown;
}

function tokens(): string[] {
  return existsSync(asked) ? readFileSync(asked, 'utf8').trim().split('\n') : [];
}

function lastEventMs(): number {
  const file = join(folder, 'executions.sqlite');
  if (!existsSync(file)) return START;
  const journal = new DatabaseSync(file);
  const tables = journal.prepare("select 1 from sqlite_master where name = 'events'").all();
  const last = tables.length > 0 ? journal.prepare("select max(json ->> '$.timestamp') as at from events").get() : {};
  journal.close();
  return Math.round(1000 * Number(last?.at ?? START / 1000));
}
