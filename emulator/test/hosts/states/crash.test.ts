import { describe, expect, it } from 'vitest';
import { ask, invoke, only, START, Stage } from './stage.ts';

const never = () => new Promise(() => undefined);
const startAndWait = (StateMachineArn: string) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::states:startExecution.sync:2',
  Arguments: { StateMachineArn, Name: 'c', Input: {} },
  Output: '{% $states.result.Output %}',
  End: true,
});
/** Lets real turns pass while virtual time stands still. */
const settle = async () => {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
};

describe('after a crash', () => {
  it('fires a timer at its absolute time', async () => {
    const before = new Stage();
    const arn = await before.start(only({ Type: 'Wait', Seconds: 3600, End: true }));
    await before.pass(1000);

    const after = await before.crash();

    expect((await after.end(arn)).stopDate * 1000).toBe(START + 3_600_000);
  });

  it('fires a timer that fell due between two processes', async () => {
    const before = new Stage();
    const arn = await before.start(only({ Type: 'Wait', Seconds: 60, End: true }));
    await before.pass(1);

    const after = await before.crash({ startMs: START + 86_400_000 });

    expect((await after.end(arn)).stopDate * 1000).toBe(START + 86_400_000);
  });

  it('dispatches an unfinished task again, with one entry in the history', async () => {
    const before = new Stage({ functions: { work: never } });
    const arn = await before.start(only(invoke('work')));
    await settle();

    const after = await before.crash({ functions: { work: () => 'done' } });

    expect((await after.end(arn)).output).toBe('"done"');
    expect(before.calls.length).toBe(1);
    expect((await after.eventTypes(arn)).filter((type) => type === 'TaskScheduled')).toHaveLength(1);
  });

  it('does not dispatch a submitted token task again, and its token still works', async () => {
    const tokens: string[] = [];
    const before = new Stage({ functions: { ask: ({ token }) => void tokens.push(token) } });
    const arn = await before.start(only(ask('ask')));
    await before.pass(60);

    const after = await before.crash();
    await after.pass(60);
    await after.api('SendTaskSuccess', { taskToken: tokens[0], output: '"yes"' });

    expect((await after.end(arn)).output).toBe('"yes"');
    expect(tokens).toHaveLength(1);
    expect(after.calls).toEqual([]);
  });

  it('sends a question with the same token again if it may be lost', async () => {
    const tokens: string[] = [];
    const before = new Stage({ functions: { ask: ({ token }) => tokens.push(token) && never() } });
    const arn = await before.start(only(ask('ask')));
    await settle();

    const after = await before.crash({ functions: { ask: ({ token }) => void tokens.push(token) } });
    await after.pass(1);
    await after.api('SendTaskSuccess', { taskToken: tokens[0], output: '1' });

    expect(tokens[1]).toBe(tokens[0]);
    expect((await after.end(arn)).status).toBe('SUCCEEDED');
  });

  it('reports no late click while the engine is stopping', async () => {
    const tokens: string[] = [];
    const before = new Stage({ functions: { ask: ({ token }) => void tokens.push(token) } });
    const arn = await before.start(only(ask('ask')));
    await before.pass(60);

    const stopping = before.crash();
    const click = { taskToken: tokens[0], output: '"yes"' };
    const refused = await before.api('SendTaskSuccess', click).catch((error: Error) => error);
    const after = await stopping;

    expect(refused).toMatchObject({ message: 'The engine has stopped' });
    await after.api('SendTaskSuccess', click);
    expect((await after.end(arn)).output).toBe('"yes"');
  });

  it('waits on for a child execution and takes one that ended meanwhile', async () => {
    const before = new Stage();
    const child = await before.create(only({ Type: 'Wait', Seconds: 100, Output: { child: 1 }, End: true }), 'child');
    const parent = await before.create(only(startAndWait(child)), 'parent');
    const arn = await before.start(parent);
    await before.pass(50);

    const after = await before.crash();

    expect((await after.end(arn)).output).toBe('{"child":1}');
    expect(after.calls).toEqual([]);
  });

  it('starts a child once when only the answer to its start was lost', async () => {
    const before = new Stage({ losesReplies: true });
    const child = await before.create(only({ Type: 'Pass', Output: 'ran', End: true }), 'child');
    const arn = await before.start(await before.create(only(startAndWait(child)), 'parent'));
    await settle();
    expect((await before.api('ListExecutions', { stateMachineArn: child })).executions).toHaveLength(1);

    const after = await before.crash({ losesReplies: false });

    expect((await after.end(arn)).output).toBe('"ran"');
    expect((await after.api('ListExecutions', { stateMachineArn: child })).executions).toHaveLength(1);
  });

  it('goes on with every branch and iteration where it was', async () => {
    const processor = {
      StartAt: 'W',
      States: { W: { Type: 'Wait', Seconds: '{% $states.input %}', Next: 'P' }, P: { Type: 'Pass', End: true } },
    };
    const before = new Stage();
    const arn = await before.start(
      only({ Type: 'Map', Items: [10, 200, 30, 400], MaxConcurrency: 2, ItemProcessor: processor, End: true }),
    );
    await before.pass(35);

    const after = await before.crash();

    expect(JSON.parse((await after.end(arn)).output)).toEqual([10, 200, 30, 400]);
  });

  it('stops a build that no task waits for any more, even if the stop itself was lost', async () => {
    const answers: Record<string, unknown> = { BatchGetBuilds: { builds: [{ id: 'p:1', buildStatus: 'IN_PROGRESS' }] } };
    const lost = ({ operation = '' }) =>
      operation === 'StopBuild' ? new Promise<never>(() => undefined) : (answers[operation] ?? { build: { id: 'p:1' } });
    const build = { Type: 'Task', Resource: 'arn:aws:states:::codebuild:startBuild.sync', Arguments: { ProjectName: 'p' }, End: true };
    const before = new Stage({ services: { codebuild: lost } });
    const executionArn = await before.start(only(build));
    await before.pass(5);
    await before.api('StopExecution', { executionArn });
    await settle();

    const after = await before.crash({ services: { codebuild: () => ({}) } });
    await settle();
    const again = await after.crash();
    await settle();

    expect(after.calls.map(({ request }) => request.operation)).toEqual(['StopBuild']);
    expect(again.calls).toEqual([]);
  });

  it('publishes a status change that was lost before', async () => {
    const before = new Stage({ busIsDown: true });
    await before.start(only({ Type: 'Succeed' }));
    await settle();

    const after = await before.crash({ busIsDown: false });

    expect(before.logged.join()).toContain('the bus is down');
    expect(after.published.map(({ detail }) => detail.status)).toEqual(['SUCCEEDED']);
    expect((await after.crash()).published).toEqual([]);
  });
});
