import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { allDenied, notedRights, type Rights, unnoticed, unused } from './rights.ts';

const scenarios = readdirSync(new URL('../scenario', import.meta.url)).filter((file) => file.endsWith('.test.ts'));
const runs: Rights[] = notedRights(process.env.SLUICE_CLOUD_ASSEMBLY as string);

/** The scenarios run earlier in the same run and leave notes. Without these notes, this file skips its tests. */
describe.skipIf(runs.length < scenarios.length)('the roles of the template (judged only after all scenarios)', () => {
  let exercised: number;
  beforeAll(() => {
    exercised = runs.flatMap(({ exercised }) => exercised).length;
  });

  it('allow each action of the scenarios', () => {
    expect(allDenied(runs)).toEqual([]);
    expect(exercised).toBeGreaterThan(500);
  });

  it('grant only actions that a scenario exercises', () => {
    expect(unused(runs).unexplained, 'add a scenario that does, or narrow the role').toEqual([]);
  });

  it('have only statements that a scenario needs, or a refusal would name the missing right', () => {
    expect(unnoticed(runs)).toEqual([]);
  });

  it('fail these checks when a role grants too much or too little', () => {
    const [first, ...others] = runs as [Rights, ...Rights[]];
    const [[role, statements], ...rest] = first.identity as [Rights['identity'][number], ...Rights['identity']];
    const wide = { Effect: 'Allow' as const, Action: 's3:DeleteObject', Resource: '*' };
    const widened = [{ ...first, identity: [[role, [...statements, wide]], ...rest] as Rights['identity'] }, ...others];

    expect(unused(widened).unexplained).toEqual([{ role: role.split('/').at(-1), action: 's3:DeleteObject' }]);
    expect(unnoticed(widened)).toEqual([{ role: role.split('/').at(-1), statement: wide }]);
  });
});
