import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AuditContention } from '#platform/errors';
import { deliveries, deployments, linkSigner } from '#services';
import { NOW } from '../../fixtures/world.ts';
import { NotifyStage, order, takes, telling } from './notify-stage.ts';

let stage: NotifyStage;
beforeEach(async () => {
  stage = await NotifyStage.open();
});
afterEach(() => stage.close());

const all = { batchItemFailures: [] };
const notTold = (...ids: string[]) => ({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) });

describe('the order of a message', () => {
  it('sends an order once if it is received twice at once, and the other receipt comes back to check', async () => {
    const [first, second] = await Promise.all([stage.receive({ receives: 1 }), stage.receive({ receives: 2 })]);
    const third = await stage.receive({ receives: 3 });

    expect([first, second].map(({ batchItemFailures }) => batchItemFailures.length).sort()).toEqual([0, 1]);
    expect(third).toEqual(all);
    expect([stage.posts.sort(), stage.mails()]).toEqual([['one', 'other'], 2]);
    expect((await stage.told()).sort()).toEqual(['mail', 'mail', 'slack', 'slack']);
  });

  it('sends an order with the former name of its entry key once, also when it comes again', async () => {
    const body = { deploymentId: telling.id, kind: 'cancelled', occasion: 'o' };
    expect(await stage.receive({ id: 'former', body })).toEqual(all);
    expect([stage.posts.sort(), stage.mails()]).toEqual([['one', 'other'], 2]);

    expect(await stage.receive({ id: 'present' })).toEqual(all);
    expect([stage.posts.sort(), stage.mails()]).toEqual([['one', 'other'], 2]);
  });

  it('sends an order after the claim of a crashed sender has lapsed', async () => {
    const place = 'message/cancelled/o/slack/sluice/storefront/one';
    await deliveries().claim({ deploymentId: telling.id, entryKey: place, holder: 'm/1' });

    expect(await stage.receive({ receives: 2 })).toEqual(notTold('m'));
    expect([stage.posts, stage.pauses()]).toEqual([['other'], [90]]);

    vi.setSystemTime(NOW + 90_000);
    expect(await stage.receive({ receives: 3 })).toEqual(all);
    expect(stage.posts).toEqual(['other', 'one']);
  });

  it('gives a room that hangs ten seconds, and sends to all others meanwhile', async () => {
    const limit = new AbortController();
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(limit.signal);
    stage.answers.one = () => undefined;
    const receiving = stage.receive({ id: 'a', body: { ...order, entryKey: 'a' } }, { id: 'b', body: { ...order, entryKey: 'b' } });
    await vi.waitFor(() => expect([stage.posts.length, stage.mails()]).toEqual([4, 4]));

    limit.abort(new DOMException('late', 'TimeoutError'));

    expect(await receiving).toEqual(notTold('a', 'b'));
    expect(new Set(timeout.mock.calls.flat())).toEqual(new Set([10_000]));
    expect((await stage.told()).filter((row) => row !== 'mail' && row !== 'slack')).toEqual(
      Array(2).fill('slack: it did not answer within 10 s'),
    );
    timeout.mockRestore();
  });

  it('fails only the order with an unknown deployment', async () => {
    const unknown = { ...order, deploymentId: 'auto-deploy-20260302-0000000000' };

    expect(await stage.receive({ id: 'a', body: unknown }, { id: 'b', body: { nonsense: true } }, { id: 'c' })).toEqual(notTold('a', 'b'));
    expect(stage.mails()).toBe(2);
  });

  it('records an order with unsigned links as failed, and tries it again', async () => {
    const sign = vi.spyOn(linkSigner(), 'sign').mockRejectedValue(Object.assign(new Error('no'), { name: 'KMSInternalException' }));

    expect(await stage.receive({ body: { ...order, kind: 'stuck' } })).toEqual(notTold('m'));
    expect(await stage.told()).toEqual(expect.arrayContaining(['mail: KMSInternalException']));
    sign.mockRestore();
  });

  it('writes a row after it lost four races for the head of the chain', async () => {
    const record = vi.spyOn(deployments(), 'record');
    for (let times = 0; times < 4; times++) record.mockRejectedValueOnce(new AuditContention(telling.id));

    expect(await stage.receive({})).toEqual(all);
    expect((await stage.told()).sort()).toEqual(['mail', 'mail', 'slack', 'slack']);
    record.mockRestore();
  });

  it('tries a room again when it asks, also hours later, and delays or repeats no other delivery', async () => {
    stage.answers.one = (response) => void response.writeHead(429, { 'retry-after': '7200' }).end();
    stage.answers.other = (response) => void response.writeHead(500).end();

    await stage.receive({ receives: 1 });
    vi.setSystemTime(NOW + 20_000);
    await stage.receive({ receives: 2 });
    stage.answers.other = takes;
    vi.setSystemTime(NOW + 60_000);
    await stage.receive({ receives: 3 });

    expect(stage.posts.filter((room) => room === 'one').length).toBe(1);
    expect(stage.posts.filter((room) => room === 'other').length).toBe(3);
    expect(stage.mails()).toBe(2);
    expect(
      stage
        .pauses()
        .slice(0, 2)
        .every((seconds) => seconds <= 20),
    ).toBe(true);
    expect(stage.pauses()[2]).toBe(7200 - 60);
  });
});
