import { GetAliasCommand } from '@aws-sdk/client-lambda';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Deployment } from '#deployment/deployment';
import type { Release } from '#deployment/release';
import { handler as finishRollback } from '#handlers/finish-rollback';
import { handler as rollBack } from '#handlers/roll-back';
import { handler as verifyRollback } from '#handlers/verify-rollback';
import { deployments, locks } from '#services';
import { application } from '../../../cli/start/storefront.ts';
import { PRODUCTION, World } from '../../fixtures/world.ts';

const begun = { startedAt: '2026-01-01T00:00:00.000Z' };
const nowhere = { requests: [{ name: 'gone', method: 'GET', path: '/gone', expectStatus: 404 }] } as const;

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

/** A deployment with a canary of 25 % that must roll back. */
const open = (change: Partial<Release> = {}) =>
  world.openDeployment({ production: world.underWay({ stepIndex: 0, revision: world.alias.route('1', { 2: 0.25 }), ...change }) });

/** One attempt as the state machine makes it: it catches an error of RollBack, and VerifyRollback decides. */
async function attempt(deployment: Deployment): Promise<string> {
  const defect = await world.task(rollBack, deployment, begun).then(() => '', caught);
  return (await world.task<{ next: string }>(verifyRollback, deployment, { defect })).next;
}

const caught = ({ name, message }: Error) => `${name}: ${JSON.stringify({ errorType: name, errorMessage: message, trace: [] })}`;

async function attempts(deployment: Deployment): Promise<Release> {
  while ((await attempt(deployment)) === 'Retry');
  await world.task(finishRollback, deployment);
  return (await deployments().read(deployment.id)).production as Release;
}

/** Refuses the first `times` calls of one kind. */
function refuse(command: 'UpdateAlias' | 'GetAlias', times: number, message = 'not now'): void {
  let left = times;
  world.alias.refuses = (asked) => {
    if (asked === command && left-- > 0) throw new Error(message);
  };
}

describe('a rollback', () => {
  it('pages a person at the first failed verification, and only once', async () => {
    const deployment = await world.openDeployment(
      { production: world.underWay({ stepIndex: 0, revision: world.alias.route('1', { 2: 0.25 }) }) },
      { checks: { ...application().checks, 'functional-validation': { requests: [...nowhere.requests] } } },
    );

    expect(await attempt(deployment)).toBe('Retry');
    expect(world.messages()).toEqual(['critical']);

    expect([await attempt(deployment), await attempt(deployment)]).toEqual(['Retry', 'Finish']);
    expect(world.messages()).toEqual(['critical']);
  });

  it('pages a person at the first failed verification even if an earlier attempt was lost', async () => {
    world.alias.broken.add('1');
    const deployment = await open({ rollback: { reason: 'errors', attempts: 1, checks: [] } });

    expect(await attempt(deployment)).toBe('Retry');

    expect(world.messages()).toEqual(['critical']);
  });

  it('tries the rollback again after one refusal, and releases the lock when it succeeds', async () => {
    const deployment = await open();
    refuse('UpdateAlias', 1);

    expect(await attempts(deployment)).toMatchObject({ result: 'RolledBack', rollback: { attempts: 2, verdict: 'Successful' } });

    expect(world.alias.routing).toMatchObject({ version: '1', weights: {} });
    expect(world.messages()).toEqual(['critical', 'restored']);
    expect(await locks().read(PRODUCTION)).not.toHaveProperty('holder');
  });

  it('keeps the lock and says what serves after three refused attempts', async () => {
    const deployment = await open();
    refuse('UpdateAlias', Number.POSITIVE_INFINITY);

    const release = await attempts(deployment);

    expect(release).toMatchObject({ result: 'RollbackFailed', rollback: { attempts: 3, failures: 3, verdict: 'Failed' } });
    expect(release.resultReason).toContain(
      'now version 1 serves, with 25 % on 2; service-health: the traffic was not returned to version 1: 2 still serves (Error: not now)',
    );
    expect(await locks().read(PRODUCTION)).toMatchObject({ holder: deployment.id, heldBecause: release.resultReason });
  });

  it('calls a rollback Inconclusive while the target is unreachable, pages a person and tries again', async () => {
    const deployment = await open();
    refuse('GetAlias', 2, 'no route to host');

    expect(await attempt(deployment)).toBe('Retry');
    const [check] = (await deployments().read(deployment.id)).production?.rollback?.checks ?? [];
    expect(check).toMatchObject({ verdict: 'Inconclusive', detail: expect.stringContaining('no route to host') });
    expect(world.messages()).toEqual(['critical']);

    expect(await attempts(deployment)).toMatchObject({ result: 'RolledBack', rollback: { verdict: 'Successful' } });
  });

  it('leaves throttling to the retries of its task, and pages a person only at the last', async () => {
    const deployment = await open();
    const throttled = Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
    world.lambda.on(GetAliasCommand).rejects(throttled);

    await expect(world.task(verifyRollback, deployment)).rejects.toMatchObject({ name: 'ServiceBusy' });
    expect(world.messages()).toEqual([]);

    const last = { state: { Name: 'VerifyRollback', EnteredTime: 'later', RetryCount: 2 } };
    expect(await world.task(verifyRollback, deployment, last)).toMatchObject({ next: 'Retry' });
    expect(world.messages()).toEqual(['critical']);
  });

  it('leaves a candidate alone that a person promoted outside Sluice, and says so at every attempt', async () => {
    const deployment = await open();
    world.alias.route('2');

    const release = await attempts(deployment);

    expect(world.alias.routing.version).toBe('2');
    expect(release).toMatchObject({ result: 'RollbackFailed', rollback: { attempts: 3 } });
    expect(release.rollback?.reason).toContain('the traffic was moved outside Sluice to version 2 and was left as it is');
    const rows = (await world.events()).filter(({ type }) => type === 'TrafficRestored');
    expect(rows.every((row) => 'reason' in row && row.reason.includes('was moved outside Sluice'))).toBe(true);
  });

  it('leaves another version alone that a person routed to outside Sluice, verifies it and says so', async () => {
    const deployment = await open();
    world.alias.route('7');

    const release = await attempts(deployment);

    expect(world.alias.routing.version).toBe('7');
    expect(release).toMatchObject({ result: 'RolledBack', resultReason: expect.stringContaining('to version 7 and was left as it is') });
  });
});
