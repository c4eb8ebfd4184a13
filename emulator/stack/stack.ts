import type { Host, HostContext, HostedResource, TemplateResource } from '../hosts/host.ts';
import type { Hosts } from '../hosts/hosts.ts';
import { IGNORED, ignoredResource } from './ignored.ts';
import { conditionHolds, resolve, type Scope } from './intrinsics.ts';
import { creationOrder, type Template, type TemplateEntry } from './template.ts';

/** What a template has become: its resources by logical id, and its outputs. */
export interface Stack {
  readonly created: Map<string, HostedResource>;
  readonly outputs: Record<string, string>;
}

/** Creates every resource of a template in dependency order; what goes wrong names the resource. */
export async function createStack(
  template: Template,
  hosts: Hosts,
  context: HostContext,
  parameters: Record<string, string>,
): Promise<Stack> {
  const created = new Map<string, HostedResource>();
  const scope: Scope = { template, pseudoParameters: parameters, resource: (id) => created.get(id) };
  for (const logicalId of creationOrder(template.Resources)) {
    const entry = template.Resources[logicalId] as TemplateEntry;
    if (entry.Condition && !conditionHolds(entry.Condition, scope)) continue;
    try {
      const resource = { logicalId, type: entry.Type, properties: resolve(entry.Properties ?? {}, scope) };
      const hosted = await create(resource, hosts, context);
      created.set(logicalId, hosted);
      hosts.iam.observe(resource, hosted);
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      throw new Error(`${logicalId} (${entry.Type}): ${reason}`, { cause: thrown });
    }
  }
  return { created, outputs: outputsOf(template, scope) };
}

function create(resource: TemplateResource, hosts: Hosts, context: HostContext): Promise<HostedResource> {
  const host = Object.values(hosts).find((candidate: Host) => Object.hasOwn(candidate.resources, resource.type));
  const handler = host?.resources[resource.type];
  if (handler) return handler(resource);
  if (Object.hasOwn(IGNORED, resource.type)) return Promise.resolve(ignoredResource(resource, context));
  const custom = resource.type.startsWith('Custom::') || resource.type === 'AWS::CloudFormation::CustomResource';
  throw new Error(custom ? 'custom resources cannot run locally' : 'no local host knows this resource type');
}

function outputsOf(template: Template, scope: Scope): Record<string, string> {
  const wanted = Object.entries(template.Outputs ?? {}).filter(([, { Condition }]) => !Condition || conditionHolds(Condition, scope));
  return Object.fromEntries(wanted.map(([name, { Value }]) => [name, String(resolve(Value, scope))]));
}
