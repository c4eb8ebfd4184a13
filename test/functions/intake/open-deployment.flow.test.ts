import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Deployment } from '#deployment/deployment';
import type { Issue, IssueChannel } from '#deployment/issue';
import { openDeployment } from '#intake/open-deployment.flow';
import { deployments, openPorts } from '#services';
import { World } from '../../fixtures/world.ts';

const DAY_SECONDS = 86_400;
const { Detail: issue } = JSON.parse(readFileSync(new URL('../../../examples/issues/a-failed-check.json', import.meta.url), 'utf8')) as {
  Detail: Issue;
};
const channel: IssueChannel = { kind: 'bus', sender: 'ci.storefront', authenticated: true };

let world: World;
beforeEach(async () => {
  world = await World.open();
  await world.register();
});
afterEach(() => world.close());

/** Lists the opened deployments, newest first. */
const opened = () => deployments().ofApplication('storefront');
const newest = async () => (await opened())[0] as Deployment;
const become = async (change: Partial<Deployment>) =>
  deployments().record((await newest()).id, { entryKey: 'test', actor: 'test' }, (current) => ({
    event: { type: 'LockAwaited', environment: 'staging', holder: 'x' },
    next: { ...current, ...change },
  }));

describe('openDeployment with a second copy of an issue', () => {
  it('starts no execution for a copy of an issue that was deployed 91 days ago', async () => {
    await openDeployment(openPorts(), issue, channel);
    const first = await newest();
    await become({ status: 'Deployed', outcome: 'Deployed' });
    world.later(91 * DAY_SECONDS);

    expect(await openDeployment(openPorts(), issue, channel)).toEqual({ duplicateOf: first.id });
    expect(world.started).toEqual([first.id]);
  });

  it.each(['Resolving', 'Staging', 'Authorising', 'Production', 'Verifying', 'RollingBack'] as const)(
    'starts no second execution of a deployment that is in %s after 91 days',
    async (status) => {
      await openDeployment(openPorts(), issue, channel);
      await become({ status });
      world.later(91 * DAY_SECONDS);

      expect(await openDeployment(openPorts(), issue, channel)).toEqual({ duplicateOf: (await newest()).id });
      expect(world.started).toHaveLength(1);
    },
  );

  it('starts the execution of a deployment at the next copy if the first start was lost', async () => {
    world.startFails = new Error('out of reach');
    await expect(openDeployment(openPorts(), issue, channel)).rejects.toThrow('out of reach');

    expect(await openDeployment(openPorts(), issue, channel)).toEqual({ duplicateOf: (await newest()).id });
    expect(world.started).toEqual([(await newest()).id]);
  });

  it('opens another deployment if the first one was cancelled', async () => {
    await openDeployment(openPorts(), issue, channel);
    await become({ status: 'Cancelled', outcome: 'Cancelled' });
    world.later(1);

    expect(await openDeployment(openPorts(), issue, channel)).toEqual({ deploymentId: (await newest()).id });
    expect(world.started).toHaveLength(2);
  });
});
