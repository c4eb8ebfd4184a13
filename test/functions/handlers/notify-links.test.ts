import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { messageKinds } from '#messages/message';
import { type Link, linkPath, ROOM } from '#web/approval-link';
import { linksIn, NotifyStage, order } from './notify-stage.ts';

let stage: NotifyStage;
beforeEach(async () => {
  stage = await NotifyStage.open();
});
afterEach(() => stage.close());

describe('a message', () => {
  it.each(messageKinds)('%s gives each person their own view link, and a room a shared one', async (kind) => {
    await stage.receive({ body: { ...order, kind } });

    expect(Object.keys(stage.linksByMail()).sort()).toEqual(['lead@acme.example', 'sre@acme.example']);
    for (const [person, links] of Object.entries(stage.linksByMail()))
      expect(links.filter((link) => link?.action === 'view')).toEqual([expect.objectContaining({ approver: person })]);
    expect(linksIn(stage.bodies.join())).toEqual(Array(2).fill(expect.objectContaining({ action: 'view', approver: ROOM })));
  });

  it('shows the deployment by each view link, until the person is no longer an approver', async () => {
    await stage.receive({});
    const paths = [...(stage.linksByMail()['sre@acme.example'] ?? []), ...linksIn(stage.bodies.join())].map((link) =>
      linkPath(link as Link),
    );
    const opened = await Promise.all(paths.map((path) => stage.open(path)));
    await stage.world.register({ approvers: { production: ['lead@acme.example'] } });
    const later = await Promise.all(paths.map((path) => stage.open(path)));

    expect(opened.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200]);
    for (const { body } of opened) expect(body).toContain('deployed, and verified (stable through 2100 s of watching in production)');
    expect(later.map(({ statusCode }) => statusCode)).toEqual([404, 200, 200]);
    expect((await stage.open(paths[0]?.replace(/view$/, 'approve') ?? '')).statusCode).toBe(404);
  });

  it('lets each approver stop a release that needed no approval', async () => {
    await stage.receive({ body: { ...order, kind: 'released' } });

    const mine = stage.linksByMail()['lead@acme.example'];
    expect(mine?.map((link) => [link?.action, link?.approver])).toEqual(
      ['cancel', 'rollback', 'view'].map((action) => [action, 'lead@acme.example']),
    );
  });
});
