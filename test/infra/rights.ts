import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Denial, type Exercise, evaluate, type Runtime, type Statement } from '@sluice/emulator';

type Statements = [arn: string, statements: Statement[]][];

/** The roles of the template, and the calls that one run made with them. */
export interface Rights {
  readonly identity: Statements;
  readonly resource: Statements;
  readonly exercised: readonly Exercise[];
  readonly denied: readonly Denial[];
}

interface Grant {
  readonly role: string;
  readonly action: string;
}

/** The reasons for grants that no local run can use. */
const EXPLAINED: readonly (readonly [pattern: RegExp, because: string])[] = [
  [/^logs:(CreateLogStream|PutLogEvents)$/, 'the service writes the log; there is no local log service to call'],
  [/^xray:/, 'the service writes the traces; there is no local tracing to call'],
];

const explanationOf = (action: string) => EXPLAINED.find(([pattern]) => pattern.test(action))?.[1];
const actionsOf = ({ Action = [] }: Statement) => [Action].flat();
const nameOf = (arn: string) => arn.split('/').at(-1) as string;

/** Writes the rights of one run beside the assembly, for the test that judges all runs together. */
export function noteRights(folder: string, { policies: { identity, resource }, exercised, denied }: Runtime): void {
  const name = `rights-${process.pid}-${readdirSync(folder).length}.json`;
  const rights: Rights = { identity: [...identity], resource: [...resource], exercised, denied };
  writeFileSync(join(folder, name), JSON.stringify(rights));
}

export const notedRights = (folder: string): Rights[] =>
  readdirSync(folder)
    .filter((name) => name.startsWith('rights-'))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));

export const allDenied = (runs: readonly Rights[]): Denial[] => [
  ...new Map(runs.flatMap(({ denied }) => denied.map((denial) => [denial.message, denial] as const))).values(),
];

/** Lists granted actions that no run has exercised: with a known reason, or without one. */
export function unused(runs: readonly Rights[]): { unexplained: Grant[]; explained: (Grant & { because: string })[] } {
  const used = new Set(runs.flatMap(({ exercised }) => exercised.map(({ caller, need }) => `${caller} ${need.action}`)));
  const never = (runs[0]?.identity ?? []).flatMap(([arn, statements]) => {
    const granted = new Set(statements.filter(({ Effect }) => Effect === 'Allow').flatMap(actionsOf));
    return [...granted].filter((action) => !used.has(`${arn} ${action}`)).map((action) => ({ role: nameOf(arn), action }));
  });
  const explained = never.flatMap((grant) => {
    const because = explanationOf(grant.action);
    return because ? [{ ...grant, because }] : [];
  });
  return { unexplained: never.filter(({ action }) => !explanationOf(action)), explained };
}

/** Lists statements that no run would miss: without them, no refusal names one of their actions. */
export function unnoticed(runs: readonly Rights[]): { role: string; statement: Statement }[] {
  return (runs[0]?.identity ?? []).flatMap(([role, statements]) =>
    statements.flatMap((statement, index) => {
      if (actionsOf(statement).every(explanationOf)) return [];
      const noticed = runs.some((run) => refusesWithout(run, role, index));
      return noticed ? [] : [{ role: nameOf(role), statement }];
    }),
  );
}

/** Replays a role's calls of one run against the role without one of its statements. */
function refusesWithout({ identity, resource, exercised }: Rights, role: string, index: number): boolean {
  const all = new Map(identity);
  const lost = all.get(role)?.[index];
  if (!lost) return false;
  const rest = (all.get(role) ?? []).filter((other) => other !== lost);
  const reduced = { identity: all.set(role, rest), resource: new Map(resource) };
  return exercised.some(({ caller, need }) => {
    if (caller !== role) return false;
    const decision = evaluate(reduced, caller, need);
    const named = actionsOf(lost).map((action) => `because no identity-based policy allows the ${action} action`);
    return !decision.allowed && named.includes(decision.because);
  });
}
