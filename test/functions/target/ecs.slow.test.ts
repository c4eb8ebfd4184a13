import { UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Serving } from '#deployment/release';
import type { Move } from '#target/target.port';
import { EcsStage, Users, usersUrl } from './ecs.ts';
import { cluster } from './ecs-stack.ts';

let stage: EcsStage;
beforeAll(async () => {
  stage = await EcsStage.start();
});
afterAll(() => stage.stop());

const health = { name: 'health', method: 'GET', path: '/health', expectStatus: 200 } as const;

/** The first move of a release from the version that serves. */
const firstMove = (before: Serving, candidate: string, weights: readonly number[]): Move => ({
  baseline: before.version,
  candidate,
  weightPercent: weights[0] as number,
  revision: before.revision,
  strategy: 'rolling',
  weights,
  index: 0,
});

/**
 * Takes some steps of a plan as the state machine does, while users send requests. It stays at each step for one
 * second.
 */
async function shifted(candidate: string, weights: readonly number[], steps = weights.length) {
  const traffic = new Users(stage.clock, usersUrl(stage.runtime, stage.service), 20);
  const before = await stage.target.serving();
  const seen: number[] = [];
  let { revision } = before;
  for (const [index, weightPercent] of weights.slice(0, steps).entries()) {
    const move = { ...firstMove(before, candidate, weights), weightPercent, revision, index };
    const { serving } = await stage.settled(() => stage.target.shift(move));
    revision = serving.revision;
    seen.push(serving.version === candidate ? 100 : (serving.candidate?.weightPercent ?? Number.NaN));
    await stage.later(1);
  }
  const next = { ...firstMove(before, candidate, weights), weightPercent: weights[steps] ?? 100, revision, index: steps };
  return { before, seen, next, traffic };
}

describe('EcsTarget', () => {
  it('gives the candidate exactly its share of the requests, and measures each version', async () => {
    const candidate = await stage.staged('well', 'measured');
    const { before, traffic } = await shifted(candidate, [25, 100], 1);
    const fromMs = stage.clock.nowMs();
    await stage.later(4);
    traffic.stop();

    const samples = [candidate, before.version].map((version) => stage.target.sample(version, fromMs, stage.clock.nowMs()));
    const [new_, old] = await Promise.all(samples);
    await stage.settled(() => stage.return(before.version));

    expect([new_?.requests, old?.requests]).toEqual([20, 60]);
    expect(new_).toMatchObject({ errors: 0, exceptionsInLogs: 0 });
  });

  it('probes the candidate through its own target group before users get it', async () => {
    const candidate = await stage.staged('well', 'probed');
    const { before, traffic } = await shifted(candidate, [0, 100], 1);
    traffic.stop();

    const [green, blue] = [await stage.target.probe(candidate, health), await stage.target.probe(before.version, health)];
    await stage.settled(() => stage.return(before.version));
    const gone = await stage.target.probe('storefront:99', health);

    expect(green).toMatchObject({ status: 200, body: expect.stringContaining(`"served":"${candidate}"`) });
    expect(blue.body).toContain(`"served":"${before.version}"`);
    expect(gone.status).toBe(503);
  });

  it('reports that the circuit breaker turned an unhealthy candidate back, and no request fails', async () => {
    const before = await stage.target.serving();
    const candidate = await stage.staged('unhealthy', 'unhealthy');
    const traffic = new Users(stage.clock, usersUrl(stage.runtime, stage.service), 20);
    const move = firstMove(before, candidate, [10, 100]);

    const failed = stage.settled(() => stage.target.shift(move));

    await expect(failed).rejects.toThrow(/rolled back automatically: .*circuit breaker/);
    traffic.stop();
    const { serving } = await stage.settled(() => stage.return(before.version));
    expect(serving.version).toBe(before.version);
    expect(traffic.failed).toBe(0);
  });

  it('reports that ECS turned the candidate back when a pause timed out', async () => {
    const candidate = await stage.staged('well', 'forgotten');
    const { before, next, traffic } = await shifted(candidate, [10, 100], 1);
    traffic.stop();

    await stage.later(6 * 60);

    await expect(stage.target.shift(next)).rejects.toThrow(/rolled back automatically: .*timed out/);
    expect((await stage.target.serving()).version).toBe(before.version);
  });

  it('starts no image that does not match its digest, and the baseline keeps serving', async () => {
    const before = await stage.target.serving();
    const artifact = { ...stage.artifact('well', 'swapped'), key: stage.artifact('well', 'something else').key };
    const staged = await stage.target.stage(artifact);
    const candidate = staged.ready ? staged.version : '';

    const move = firstMove(before, candidate, [100]);

    await expect(stage.settled(() => stage.target.shift(move))).rejects.toThrow(/circuit breaker/);
    expect(await stage.target.serving()).toMatchObject({ version: before.version });
    await stage.later(60);
  });
});

describe('a paused release', () => {
  it('leaves a manual deployment made during a pause alone', async () => {
    const candidate = await stage.staged('well', 'overtaken');
    const { next, traffic } = await shifted(candidate, [10, 100], 1);
    traffic.stop();
    await stage.ecs.send(
      new UpdateServiceCommand({ cluster, service: stage.service, taskDefinition: 'storefront:2', deploymentConfiguration: {} }),
    );
    await stage.later(60);

    await expect(stage.target.shift(next)).rejects.toThrow(/changed outside this release/);
    expect((await stage.target.serving()).version).toBe('storefront:2');
  });
});

describe('a plan of unequal steps', () => {
  it('refuses a plan of unequal steps before it changes the service', async () => {
    const candidate = await stage.staged('well', 'uneven');
    const before = await stage.target.serving();
    const move = firstMove(before, candidate, [1, 50, 100]);

    await expect(stage.target.shift(move)).rejects.toThrow(/equal steps of at least 3 %/);
    expect(await stage.target.serving()).toEqual(before);
  });
});

it('goes on with a paused release after the emulator restarts', async () => {
  const candidate = await stage.staged('well', 'interrupted');
  const { next, traffic } = await shifted(candidate, [10, 100], 1);
  traffic.stop();

  stage = await stage.restarted();
  const paused = await stage.target.serving();
  const { serving } = await stage.settled(() => stage.target.shift(next));

  expect(paused).toMatchObject({ version: next.baseline, candidate: { version: candidate, weightPercent: 10 } });
  expect(serving.version).toBe(candidate);
  expect((await stage.target.probe(candidate, health)).body).toContain(candidate);
});
