import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { realClock } from '../../../clock/clock.ts';
import { startTemplate } from '../../assembly.ts';

// Runs in a process of its own: accepts an event and waits to be killed.
const [, , folder = '', template = ''] = process.argv;
const runtime = await startTemplate(JSON.parse(template), realClock(), folder);
const request = { FunctionName: 'service', InvocationType: 'Event' as const, Payload: '{"id":"e1"}' };
await new LambdaClient(runtime.clientConfig()).send(new InvokeCommand(request));
