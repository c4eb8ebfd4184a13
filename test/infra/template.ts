import { readFileSync } from 'node:fs';
import { join } from 'node:path';

// biome-ignore lint/suspicious/noExplicitAny: a CloudFormation template has no static type
export type Properties = any;
export interface Resource {
  readonly Type: string;
  readonly Properties: Properties;
}
export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly actions: string[];
  readonly resources: string[];
  readonly Condition?: object;
  readonly Principal?: unknown;
}

/** The folder of the test run's synthesized app. */
export const assembly = (): string => process.env.SLUICE_CLOUD_ASSEMBLY as string;

export const templateIn = (folder: string): Record<string, Resource> =>
  JSON.parse(readFileSync(join(folder, 'Sluice.template.json'), 'utf8')).Resources;

export const ofType = (resources: Record<string, Resource>, type: string): [string, Properties][] =>
  Object.entries(resources).flatMap(([id, resource]) => (resource.Type === type ? [[id, resource.Properties ?? {}]] : []));

/** Writes an intrinsic as one string: `Ref` as the id, `GetAtt` as `id.Attribute`, `AWS::Region` as `Region`. */
export function shown(value: Properties): string {
  if (typeof value === 'string') return value.replaceAll(/\$\{AWS::(\w+)\}/g, '$1');
  if (value.Ref) return value.Ref.replace('AWS::', '');
  if (value['Fn::GetAtt']) return value['Fn::GetAtt'].join('.');
  if (value['Fn::Sub']) return shown(value['Fn::Sub']);
  if (value['Fn::Join']) return value['Fn::Join'][1].map(shown).join(value['Fn::Join'][0]);
  throw new Error(`a test cannot show ${JSON.stringify(value)}`);
}

export const statementsOf = (document: Properties): Statement[] =>
  document.Statement.map((statement: Properties) => ({
    ...statement,
    actions: [statement.Action].flat(),
    resources: [statement.Resource].flat().map(shown),
  }));

/** All grants of the role with this logical id, as `action on resource`, sorted. */
export function grantsOf(resources: Record<string, Resource>, roleId: string): string[] {
  const role = resources[roleId]?.Properties;
  const attached = ofType(resources, 'AWS::IAM::Policy').filter(([, { Roles }]) => Roles.some((one: Properties) => shown(one) === roleId));
  const documents = [...(role.Policies ?? []), ...attached.map(([, properties]) => properties)].map(({ PolicyDocument }) => PolicyDocument);
  const granted = documents
    .flatMap(statementsOf)
    .flatMap(({ actions, resources: on }) => actions.flatMap((a) => on.map((r) => `${a} on ${r}`)));
  return [...new Set(granted)].sort();
}

/** The id of the construct, without the hash that CDK appends. */
export const constructId = (logicalId: string): string => logicalId.replace(/[0-9A-F]{8}$/, '');
