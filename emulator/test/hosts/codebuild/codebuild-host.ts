import { CodeBuildClient, StartBuildCommand } from '@aws-sdk/client-codebuild';
import { realClock } from '../../../clock/clock.ts';
import { startTemplate } from '../../assembly.ts';

// Runs in a process of its own: starts an endless build, sends its id and waits to be killed.
const [, , folder = '', template = '', port = ''] = process.argv;
const runtime = await startTemplate(JSON.parse(template), realClock(), folder);
const request = { projectName: runtime.resource('Endless').ref, environmentVariablesOverride: [{ name: 'PORT', value: port }] };
const { build } = await new CodeBuildClient(runtime.clientConfig()).send(new StartBuildCommand(request));
process.send?.(build?.id);
