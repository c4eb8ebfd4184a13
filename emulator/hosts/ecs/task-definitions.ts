import * as z from 'zod';
import { ApiError, type HostContext } from '../host.ts';
import { taskDefinitionProperties } from './properties.ts';
import type { EcsStore } from './store.ts';
import type { TaskDefinition } from './types.ts';

/** Registers the next revision of a family; a shape that is not hosted is refused by name. */
export function register(store: EcsStore, { region, account, clock }: HostContext, asked: unknown): TaskDefinition {
  const checked = taskDefinitionProperties.safeParse(asked);
  if (!checked.success) throw new ApiError('ClientException', z.prettifyError(checked.error));
  const { tags, ...registered } = checked.data;
  const revision = (store.latestOf(registered.family)?.revision ?? 0) + 1;
  return store.putTaskDefinition({
    arn: `arn:aws:ecs:${region}:${account}:task-definition/${registered.family}:${revision}`,
    family: registered.family,
    revision,
    container: registered.containerDefinitions[0] as TaskDefinition['container'],
    registered,
    taskRoleArn: registered.taskRoleArn,
    executionRoleArn: registered.executionRoleArn,
    tags,
    registeredMs: clock.nowMs(),
  });
}

/** Resolves an ARN, `family:revision`, or a family, which stands for its latest revision. */
export function definitionArnOf(store: EcsStore, { region, account }: HostContext, name: string): string {
  if (name.startsWith('arn:')) return name;
  const whole = name.includes(':') ? name : `${name}:${store.latestOf(name)?.revision ?? 0}`;
  return `arn:aws:ecs:${region}:${account}:task-definition/${whole}`;
}
