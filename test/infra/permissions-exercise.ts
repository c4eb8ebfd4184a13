import { requestStop } from '#support/request-stop';
import { submitForm } from '../../cli/start/approver.ts';
import type { Exercise } from '../../infra/local/authorization/authorization.ts';
import type { Denial } from '../../infra/local/authorization/denial.ts';
import type { Policies } from '../../infra/local/iam/statements.ts';
import { Sluice } from '../scenario/sluice.ts';

/** What a run of the whole of Sluice did with its roles. */
export interface Run {
  readonly policies: Policies;
  readonly exercised: readonly Exercise[];
  readonly denied: readonly Denial[];
}

/** Sends issues through the whole of Sluice until every way has been gone that calls something of its own. */
export async function exerciseEverything(): Promise<Run> {
  const sluice = await Sluice.start({ productionMix: 'staging' });
  for (const way of [approve, cancel, recover, recoverRollback, report]) await way(sluice);
  const { policies, exercised, denied } = sluice.runtime;
  await sluice.stop();
  return { policies, exercised, denied };
}

async function approve(sluice: Sluice): Promise<void> {
  const id = await sluice.submit('b-dependabot-alert.json');
  const link = await sluice.mailedLink(id, 'approve');
  await sluice.clock.runUntil(submitForm(link));
  await sluice.ended(id);
}

async function cancel(sluice: Sluice): Promise<void> {
  const id = await sluice.submit('a-failed-check.json');
  await sluice.until(id, ({ status }) => status === 'Resolving');
  await sluice.clock.runUntil(requestStop(id, { kind: 'cancel', by: 'operator ana', reason: 'I saw something' }, 'permissions/1'));
  await sluice.ended(id);
}

async function recover(sluice: Sluice): Promise<void> {
  const id = await sluice.submit('c-code-quality.json');
  await sluice.until(id, ({ approval }) => approval?.status === 'PENDING');
  await sluice.clock.runUntil(sluice.stopExecution(id, 'Deployment'));
  await sluice.ended(id);
}

async function recoverRollback(sluice: Sluice): Promise<void> {
  const id = await sluice.submit('a-failed-check.json');
  await sluice.until(id, ({ production }) => production?.phase === 'monitor');
  await sluice.clock.runUntil(sluice.stopExecution(id, 'Deployment'));
  await sluice.ended(id);
}

/** The weekly report is written on its own schedule. */
async function report(sluice: Sluice): Promise<void> {
  await sluice.later(7);
}
