import { seededRandom } from '@sluice/emulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CrashTests, differences, drawKill, type Story, stories } from './killed-deployment.ts';

const KILLS = 10;
const story = stories[2] as Story;

let tests: CrashTests;
beforeAll(async () => {
  tests = new CrashTests(process.env.SLUICE_CLOUD_ASSEMBLY as string);
  await tests.prepare();
});
afterAll(() => tests.remove());

describe('a deployment on a process that is killed ten times', () => {
  it('ends like an undisturbed one: same outcome, same trail, each step applied once', async () => {
    const random = seededRandom(3);

    const { ended, kills } = await tests.killed(story, (sofar) => (sofar < KILLS ? drawKill(random) : undefined));

    expect(kills.length).toBeGreaterThanOrEqual(5);
    expect(differences(await tests.inPeace(story), ended)).toEqual([]);
  });
});
