import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { realClock } from '../../clock/clock.ts';
import { startRuntime } from '../../runtime/runtime.ts';

const [, , cloudAssembly = '', dataDir = ''] = process.argv;
const runtime = await startRuntime({ cloudAssembly, stackName: 'Sluice', dataDir, clock: realClock(), log: console.error });
const events = new EventBridgeClient(runtime.clientConfig());

for (let n = 0; ; n++) {
  const { FailedEntryCount } = await events.send(
    new PutEventsCommand({ Entries: [{ Source: 'app', DetailType: 'n', Detail: `{"n":${n}}` }] }),
  );
  if (FailedEntryCount === 0) process.stdout.write(`${n}\n`);
}
