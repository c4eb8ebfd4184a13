import { type ApiCall, ApiError, type ApiReply } from '@sluice/emulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { releasedRows, resolvedRows, rolledBackRows } from './outcomes.ts';
import { Sluice } from './sluice.ts';

let sluice: Sluice;
const delivered = new Map<string, number>();
beforeAll(async () => {
  sluice = await Sluice.start({ productionMix: 'staging' });
});
afterAll(() => sluice.stop());

/** Makes DynamoDB fail the writes of one function more often than the SDK retries. */
function failWritesOf(functionName: string, times: number): () => number {
  const { dynamodb } = sluice.runtime.hosts;
  const healthy = dynamodb.handle.bind(dynamodb);
  let left = times;
  dynamodb.handle = async (call: ApiCall): Promise<ApiReply> => {
    const fails = left > 0 && call.operation === 'TransactWriteItems' && call.caller.arn.includes(functionName);
    if (!fails) return healthy(call);
    left--;
    throw new ApiError('InternalServerError', 'The request processing has failed because of an unknown error', 500);
  };
  return () => left;
}

/** Runs each task of the machines twice, as when its first result is lost. The machine gets the second result. */
function deliverTasksTwice(): void {
  const { lambda } = sluice.runtime.hosts;
  const once = lambda.handle.bind(lambda);
  lambda.handle = async (call: ApiCall): Promise<ApiReply> => {
    if (!isTask(call)) return once(call);
    delivered.set(call.path, (delivered.get(call.path) ?? 0) + 1);
    await once(call);
    return once(call);
  };
}

const isTask = ({ path, caller }: ApiCall) => path.endsWith('/invocations') && /Machines/.test(caller.arn);

/** Lists all rows with repeats, except repeated polls: their number differs between runs. */
async function rows(id: string): Promise<string[]> {
  const types = (await sluice.trail(id))
    .map(({ event }) => ('environment' in event ? `${event.environment}:${event.type}` : event.type))
    .filter((type) => !type.startsWith('Message'));
  return types.filter((type, index) => !(type.endsWith('HealthJudged') && type === types[index - 1]));
}

describe('a database that fails for a moment', () => {
  it('causes no rollback of a good release', async () => {
    const left = failWritesOf('JudgeHealth', 8);
    const id = await sluice.submit('b-dependabot-alert.json');

    const { staging } = await sluice.until(id, ({ approval }) => approval !== undefined);

    expect(staging).toMatchObject({ result: 'Succeeded' });
    expect(left()).toBe(0);
  });
});

describe('a deployment with each task delivered twice', () => {
  beforeAll(deliverTasksTwice);

  it('applies each step once, watches it before the next, and writes each row once', async () => {
    const id = await sluice.submit('a-failed-check.json');

    const { outcome } = await sluice.ended(id);

    expect(outcome).toBe('Deployed');
    expect(await rows(id)).toEqual([...resolvedRows, ...releasedRows('staging', 1), ...releasedRows('production', 2), 'OutcomeRecorded']);
    expect(delivered.size).toBeGreaterThan(9);
  });

  it('rolls a bad release back once', async () => {
    const id = await sluice.submit('c-code-quality.json');
    await sluice.until(id, ({ production }) => production?.phase === 'monitor');
    sluice.productionMix = 'production';

    const { outcome } = await sluice.ended(id);

    expect(outcome).toBe('RolledBack');
    expect((await rows(id)).slice(-rolledBackRows('production').length - 1)).toEqual([...rolledBackRows('production'), 'OutcomeRecorded']);
    expect((await sluice.trail(id)).filter(({ event }) => event.type === 'ApprovalRequested')).toHaveLength(1);
  });
});
