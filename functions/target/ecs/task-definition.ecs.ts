import type { ContainerDefinition, RegisterTaskDefinitionRequest, TaskDefinition } from '@aws-sdk/client-ecs';
import { MissingFact } from '#platform/errors';
import type { Artifact } from '#target/target.port';

/** The fields that DescribeTaskDefinition adds to the registered ones. */
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

/** Names the artifact's image by its digest, never by a tag, in the repository of the container's present image. */
export function imageOf(current: string, { digest }: Artifact): string {
  const repository = current.split('@')[0]?.replace(/:[^:/]+$/, '');
  return `${repository}@sha256:${Buffer.from(digest, 'base64').toString('hex')}`;
}

/** Makes the next revision of a task definition. Only the image and the label with its source change. */
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
