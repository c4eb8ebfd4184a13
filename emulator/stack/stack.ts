import { type Host, type HostContext, type HostedResource, NotHosted, type TemplateResource } from '../hosts/host.ts';
import type { Hosts } from '../hosts/hosts.ts';
import { IGNORED, ignoredResource } from './ignored.ts';
import { conditionHolds, resolve, type Scope, unknownIntrinsics } from './intrinsics.ts';
import { dependenciesOf, type Json } from './references.ts';
import { Refusals } from './refusals.ts';
import { creationOrder, neededBy, type Template, type TemplateEntry } from './template.ts';

/** The resources of a template by logical id, and its outputs. */
export interface Stack {
  readonly created: Map<string, HostedResource>;
  readonly outputs: Record<string, string>;
}

/** Creates every resource of a template in dependency order. One error names all that cannot be hosted, and why. */
export async function createStack(
  template: Template,
  hosts: Hosts,
  context: HostContext,
  parameters: Record<string, string>,
): Promise<Stack> {
  const created = new Map<string, HostedResource>();
  const scope: Scope = { template, pseudoParameters: parameters, resource: (id) => created.get(id) };
  const refusals = new Refusals();
  if (template.Transform) refusals.add('Transform', 'template', new NotHosted([`the transform ${template.Transform} is not hosted`]));
  for (const logicalId of creationOrder(template.Resources)) {
    const entry = template.Resources[logicalId] as TemplateEntry;
    try {
      if (entry.Condition && !conditionHolds(entry.Condition, scope)) continue;
      refuseUnknownParts(entry, hosts, scope);
      if (refusals.has(neededBy(entry))) {
        refusals.leaveOut(logicalId);
        continue;
      }
      const resource = { logicalId, type: entry.Type, properties: resolve(entry.Properties ?? {}, scope) };
      const hosted = await create(resource, hosts, context);
      created.set(logicalId, hosted);
      hosts.iam.observe(resource, hosted);
    } catch (thrown) {
      if (isSystemError(thrown)) throw new Error(`${logicalId} (${entry.Type}): ${thrown.message}`, { cause: thrown });
      refusals.add(logicalId, entry.Type, thrown);
    }
  }
  const outputs = outputsOf(template, scope, refusals);
  refusals.throwIfAny();
  return { created, outputs };
}

/** A used port or a full disk says nothing about the template. */
const isSystemError = (thrown: unknown): thrown is NodeJS.ErrnoException => thrown instanceof Error && 'syscall' in thrown;

/** Finds all unknown parts of a resource before the first of them stops its creation. */
function refuseUnknownParts({ Type, Properties }: TemplateEntry, hosts: Hosts, scope: Scope): void {
  const reasons = intrinsicReasons(Properties, scope);
  const isKnown = hostOf(Type, hosts) !== undefined || Object.hasOwn(IGNORED, Type);
  const isCustom = Type.startsWith('Custom::') || Type === 'AWS::CloudFormation::CustomResource';
  if (!isKnown) reasons.unshift(isCustom ? 'custom resources cannot run locally' : 'no local host knows this resource type');
  if (reasons.length > 0) throw new NotHosted(reasons);
}

const intrinsicReasons = (value: Json | undefined, scope: Scope): string[] =>
  unknownIntrinsics(value, scope).map((name) => `the intrinsic function ${name} is not supported locally`);

const hostOf = (type: string, hosts: Hosts): Host | undefined =>
  Object.values(hosts).find((candidate: Host) => Object.hasOwn(candidate.resources, type));

function create(resource: TemplateResource, hosts: Hosts, context: HostContext): Promise<HostedResource> {
  const handler = hostOf(resource.type, hosts)?.resources[resource.type];
  return handler ? handler(resource) : Promise.resolve(ignoredResource(resource, context));
}

function outputsOf(template: Template, scope: Scope, refusals: Refusals): Record<string, string> {
  const outputs: Record<string, string> = {};
  for (const [name, { Value, Condition }] of Object.entries(template.Outputs ?? {})) {
    if (refusals.has(dependenciesOf(Value))) continue;
    try {
      if (Condition && !conditionHolds(Condition, scope)) continue;
      const reasons = intrinsicReasons(Value, scope);
      if (reasons.length > 0) throw new NotHosted(reasons);
      outputs[name] = String(resolve(Value, scope));
    } catch (thrown) {
      refusals.add(name, 'output', thrown);
    }
  }
  return outputs;
}
