import type { ContainerDefinition, RegisterTaskDefinitionRequest, TaskDefinition } from '@aws-sdk/client-ecs';
import { MissingFact } from '#platform/errors';
import type { Artifact } from '#target/target.port';

/** What DescribeTaskDefinition adds to what was registered. */
const ADDED = [
  'taskDefinitionArn',
  'revision',
  'status',
  'requiresAttributes',
  'compatibilities',
  'registeredAt',
  'registeredBy',
  'deregisteredAt',
  'deleteRequestedAt',
];

/** Names the image of an artefact by its digest, in the repository where the container's image is now; never by a tag. */
export function imageOf(current: string, { digest }: Artifact): string {
  const repository = current.split('@')[0]?.replace(/:[^:/]+$/, '');
  return `${repository}@sha256:${Buffer.from(digest, 'base64').toString('hex')}`;
}

/** Makes the next revision of a task definition: the same in everything but the image, and where that came from. */
export function withImage(current: TaskDefinition, container: string, image: string, source: string): RegisterTaskDefinitionRequest {
  const registered = Object.fromEntries(Object.entries(current).filter(([name]) => !ADDED.includes(name)));
  const containerDefinitions = (current.containerDefinitions ?? []).map((definition) =>
    definition.name === container
      ? { ...definition, image, dockerLabels: { ...definition.dockerLabels, 'sluice.artifact': source } }
      : definition,
  );
  return { ...(registered as Partial<RegisterTaskDefinitionRequest>), family: current.family, containerDefinitions };
}

export function containerOf(definition: TaskDefinition | undefined, name: string): ContainerDefinition {
  const found = definition?.containerDefinitions?.find((container) => container.name === name);
  if (!found) throw new MissingFact(`the task definition ${definition?.taskDefinitionArn} has no container ${name}`);
  return found;
}
