/**
 * The actor of a row, and the entry key that it is written under.
 * Deployments.record writes each entry key once, even if a task is delivered again.
 */
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
