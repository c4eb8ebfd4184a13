import { InvokeCommand } from '@aws-sdk/client-lambda';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { handler as validateRelease } from '#handlers/validate-release';
import { guidePolicy } from '#policy/policy';
import { deployments } from '#services';
import { VALIDATION_MARGIN_SECONDS, validationSecondsOf } from '#watch/feasible';
import { application } from '../../../cli/start/storefront.ts';
import { rows } from '../../../infra/permissions.ts';
import { World } from '../../fixtures/world.ts';

const SECONDS_PER_PROBE = 9;

let world: World;
beforeEach(async () => {
  world = await World.open({});
  world.lambda.on(InvokeCommand).callsFake(async () => {
    await new Promise((resolve) => setTimeout(resolve, SECONDS_PER_PROBE * 1000));
    return { Payload: Buffer.from(JSON.stringify({ statusCode: 200, body: '"totalCents":2400, "consistent":true, Coffee mug' })) };
  });
});
afterEach(() => world.close());

/** Validates by 15 probes of 9 s each, and returns the seconds that this took. */
async function validate(validationTimeoutSeconds: number, enteredSecondsAgo = 0) {
  const policy = { ...guidePolicy, production: { ...guidePolicy.production, validationTimeoutSeconds } };
  const deployment = await world.openDeployment({ policy, production: world.underWay({ stepIndex: 2 }) }, { checks: patient });
  const startedMs = Date.now();
  const state = { Name: 'ValidateRelease', EnteredTime: new Date(startedMs - enteredSecondsAgo * 1000).toISOString() };
  const validated = world
    .task(validateRelease, deployment, { state })
    .then((answer) => ({ answer, seconds: (Date.now() - startedMs) / 1000 }));
  await vi.advanceTimersByTimeAsync(3_600_000);
  const checks = (await deployments().read(deployment.id)).production?.checks ?? [];
  return { ...(await validated), verdicts: checks.map(({ verdict }) => verdict), details: checks.map(({ detail }) => detail) };
}

const patient = { ...application().checks, performance: { path: '/products', requests: 10, p95Ms: 30_000 } };

describe('ValidateRelease', () => {
  it('validates nothing after a person asked to stop', async () => {
    const stopRequest = { kind: 'cancel', by: 'operator ana', at: '2026-01-01T00:00:00.000Z', reason: 'odd' } as const;
    const deployment = await world.openDeployment({ stopRequest, production: world.underWay() });

    expect(await world.task(validateRelease, deployment)).toMatchObject({ next: 'RollBack' });
    expect(world.lambda.calls()).toEqual([]);
  });

  it('ends the validation as Inconclusive after validationTimeoutSeconds, and rolls back', async () => {
    const { answer, seconds, verdicts, details } = await validate(20);

    expect(answer).toEqual({ next: 'RollBack', verdict: 'Inconclusive' });
    expect(seconds).toBe(20);
    expect(verdicts).toEqual(['Successful', 'Successful', 'Inconclusive', 'Inconclusive', 'Inconclusive']);
    expect(details[2]).toBe('it did not end in time: validationTimeoutSeconds is 20');
  });

  it('sends no probe after validationTimeoutSeconds', async () => {
    await validate(20);

    expect(world.lambda.commandCalls(InvokeCommand)).toHaveLength(3);
  });

  it('goes on to the next step if the checks end within validationTimeoutSeconds', async () => {
    expect(await validate(140)).toMatchObject({ answer: { next: 'ApplyStep', verdict: 'Successful' }, seconds: 15 * SECONDS_PER_PROBE });
  });

  it('gives a retry by Step Functions only the time that its state has left', async () => {
    expect(await validate(140, 130)).toMatchObject({ answer: { verdict: 'Inconclusive' }, seconds: 10 });
  });

  it('ends the validation before the Lambda times out, even under a policy that registration refuses', async () => {
    const policy = { ...guidePolicy.production, validationTimeoutSeconds: 10_000 };

    expect(validationSecondsOf(policy) + VALIDATION_MARGIN_SECONDS).toBeLessThan(rows.ValidateRelease.timeoutSeconds);
  });
});
