/** Who acts, and in which entry of which state. Deployments.record writes one place once, however often a task is delivered. */
export interface Occasion {
  readonly place: string;
  readonly actor: string;
}

/** Where a task stands: its execution, its state, and when Step Functions entered that state (ISO time). */
export interface TaskPlace {
  readonly execution: string;
  readonly state: { readonly Name: string; readonly EnteredTime: string };
}

/** Names one entry into one state of one execution. A task that is delivered twice has the same name. */
export const placeOf = (task: TaskPlace): string => `${task.execution}/${task.state.Name}/${task.state.EnteredTime}`;

/** Returns the occasion of a task, with `sluice/<state>` as the actor. */
export const occasionOf = (task: TaskPlace): Occasion => ({ place: placeOf(task), actor: `sluice/${task.state.Name}` });
