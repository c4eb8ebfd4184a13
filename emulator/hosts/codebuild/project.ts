import * as z from 'zod';
import { physicalName } from '../../stack/physical-name.ts';
import { propertiesOf } from '../../stack/properties.ts';
import type { TemplateResource } from '../host.ts';
import { type Buildspec, readBuildspec } from './buildspec.ts';

const data = z.unknown().optional();
const EnvironmentVariable = z.object({ Name: z.string(), Value: z.coerce.string(), Type: z.literal('PLAINTEXT').default('PLAINTEXT') });

/**
 * The properties of `AWS::CodeBuild::Project` that work locally. Machine, image and caches are those of this computer.
 */
const ProjectProperties = z.strictObject({
  Name: z.string().optional(),
  ServiceRole: z.string(),
  Source: z.strictObject({ Type: z.enum(['NO_SOURCE', 'S3']), Location: z.string().optional(), BuildSpec: z.string() }),
  Environment: z.looseObject({ EnvironmentVariables: z.array(EnvironmentVariable).default([]) }),
  Artifacts: z.looseObject({ Type: z.literal('NO_ARTIFACTS') }),
  TimeoutInMinutes: z.coerce.number().int().min(5).max(2160).default(60),
  Cache: data,
  Description: data,
  EncryptionKey: data,
  LogsConfig: data,
  ConcurrentBuildLimit: data,
  QueuedTimeoutInMinutes: data,
  Tags: data,
  Visibility: data,
  AutoRetryLimit: data,
});

/** How a project's builds run. */
export interface Project {
  readonly name: string;
  readonly roleArn: string;
  readonly source: { readonly type: 'NO_SOURCE' | 'S3'; readonly location: string };
  readonly buildspec: Buildspec;
  readonly variables: Record<string, string>;
  readonly timeoutMinutes: number;
}

/** Reads a project of the template. An unknown property is refused by name. */
export function projectOf({ logicalId, properties }: TemplateResource): Project {
  const { Name, ServiceRole, Source, Environment, TimeoutInMinutes } = propertiesOf(ProjectProperties, properties);
  return {
    name: Name ?? physicalName(logicalId, 255),
    roleArn: ServiceRole,
    source: { type: Source.Type, location: Source.Location ?? '' },
    buildspec: readBuildspec(logicalId, Source.BuildSpec),
    variables: Object.fromEntries(Environment.EnvironmentVariables.map((variable) => [variable.Name, variable.Value])),
    timeoutMinutes: TimeoutInMinutes,
  };
}
