import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetExecutionHistoryCommand, type HistoryEvent, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import type { Clock, Runtime } from '@sluice/emulator';
import type { MachineId } from '../../infra/machine-names.ts';

/** The histories of one machine's executions for a deployment, oldest first. */
export async function historiesOf({ outputs }: Runtime, machine: MachineId, id: string): Promise<HistoryEvent[][]> {
  const sfn = new SFNClient();
  const all = (await sfn.send(new ListExecutionsCommand({ stateMachineArn: outputs[`${machine}MachineArn`] }))).executions ?? [];
  const mine = all
    .filter(({ name }) => name === id || name?.startsWith(`${id}-`))
    .sort((a, b) => Number(a.startDate) - Number(b.startDate));
  return Promise.all(mine.map(({ executionArn }) => historyOf(sfn, executionArn as string)));
}

/** Notes each state that was entered. The end of the test run compares these notes with the machines. */
export async function noteStates(runtime: Runtime, clock: Clock): Promise<void> {
  const entered = new Set<string>();
  for (const machine of ['Deployment', 'Release', 'Approval', 'Rollback'] as const) {
    for (const events of await historiesOf(runtime, machine, 'auto-deploy'))
      for (const { stateEnteredEventDetails } of events)
        if (stateEnteredEventDetails?.name) entered.add(`${machine}/${stateEnteredEventDetails.name}`);
  }
  const file = join(process.env.SLUICE_CLOUD_ASSEMBLY as string, `entered-${process.pid}-${clock.nowMs()}.json`);
  writeFileSync(file, JSON.stringify([...entered]));
}

async function historyOf(sfn: SFNClient, executionArn: string): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const page = await sfn.send(new GetExecutionHistoryCommand({ executionArn, nextToken, maxResults: 1000, includeExecutionData: false }));
    events.push(...(page.events ?? []));
    nextToken = page.nextToken;
  } while (nextToken);
  return events;
}
