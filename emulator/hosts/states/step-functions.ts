import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonReply } from '../../endpoint/json-protocol.ts';
import type { Occurrence } from '../events/event.ts';
import { type Host, type HostContext, NotHosted, type TemplateResource } from '../host.ts';
import { Engine } from './engine.ts';
import { Journal } from './journal.ts';
import { putMachine, revisionId } from './machines.ts';
import { answer } from './operations.ts';
import type { Service } from './service.ts';
import { statusChange } from './status-change.ts';
import { definitionProblems } from './validation.ts';

/** Hosts state machines. `publish` gets every status change of an execution, as the default event bus does. */
export function hostStepFunctions(context: HostContext, { publish }: { publish(event: Occurrence): void }): Host {
  const journal = new Journal(join(context.dataDir, 'executions.sqlite'));
  const engine = new Engine(journal, context, (execution) => publish(statusChange(execution)));
  const service: Service = { engine, journal, context };
  return {
    signingNames: ['states'],
    resources: {
      'AWS::StepFunctions::StateMachine': async (resource) => {
        const { arn, name, revision } = createMachine(service, context, resource);
        return { ref: arn, attributes: { Arn: arn, Name: name, StateMachineRevisionId: revisionId(revision) } };
      },
    },
    handle: async (call) => jsonReply(await answer(service, call)),
    start: async () => engine.resume(),
    async stop() {
      await engine.stop();
      journal.file.close();
    },
  };
}

function createMachine(service: Service, context: HostContext, { logicalId, properties }: TemplateResource) {
  const { StateMachineName, StateMachineType = 'STANDARD', RoleArn, DefinitionSubstitutions = {} } = properties;
  if (StateMachineType !== 'STANDARD') throw new Error(`${logicalId}: the state machine type ${StateMachineType} cannot run locally`);
  const definition = substituted(definitionIn(context, properties), DefinitionSubstitutions);
  const problems = definitionProblems(definition);
  if (problems.length > 0) throw new NotHosted(problems);
  return putMachine(service, StateMachineName ?? logicalId, definition, RoleArn);
}

function definitionIn(context: HostContext, properties: TemplateResource['properties']): string {
  const { Definition, DefinitionString, DefinitionS3Location } = properties;
  if (DefinitionString !== undefined) return DefinitionString;
  if (DefinitionS3Location) return readFileSync(context.assetPath(DefinitionS3Location.Key), 'utf8');
  return JSON.stringify(Definition ?? {});
}

const substituted = (definition: string, values: Record<string, string>): string =>
  definition.replace(/\$\{(\w+)\}/g, (whole, name: string) => (Object.hasOwn(values, name) ? String(values[name]) : whole));
