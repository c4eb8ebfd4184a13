/** Who acts, and in which entry of which state. Deployments.record writes one entry key once, however often a task is delivered. */
export interface Entry {
  readonly entryKey: string;
  readonly actor: string;
}

/** Where a task stands: its execution, its state, and when Step Functions entered that state (ISO time). */
export interface TaskState {
  readonly execution: string;
  readonly state: { readonly Name: string; readonly EnteredTime: string };
}

/** Names one entry into one state of one execution. A task that is delivered twice has the same name. */
export const entryKeyOf = (task: TaskState): string => `${task.execution}/${task.state.Name}/${task.state.EnteredTime}`;

/** Returns the entry of a task, with `sluice/<state>` as the actor. */
export const entryOf = (task: TaskState): Entry => ({ entryKey: entryKeyOf(task), actor: `sluice/${task.state.Name}` });
