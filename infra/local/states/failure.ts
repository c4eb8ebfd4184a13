import type { Retrier } from './definition.ts';

/** What makes a state fail: an error name that Retry and Catch look at, and why. */
export class StateFailure extends Error {
  readonly error?: string;
  readonly reason?: string;

  constructor(error: string | undefined, reason: string | undefined) {
    super(`${error}: ${reason}`);
    this.error = error;
    this.reason = reason;
  }
}

/** A failure to evaluate a field of the state itself. */
export class EvaluationFailure extends StateFailure {
  /** Absent when it is the state's input that cannot be used. */
  readonly location?: string;

  constructor(reason: string, location?: string) {
    super('States.QueryEvaluationError', reason);
    this.location = location;
  }
}

const TERMINAL = new Set(['States.DataLimitExceeded', 'States.Runtime']);

/** Says whether an `ErrorEquals` list names an error, wildcards included. */
export function matches({ ErrorEquals }: Pick<Retrier, 'ErrorEquals'>, error = ''): boolean {
  return ErrorEquals.some((name) => {
    if (name === error) return true;
    if (name === 'States.ALL') return !TERMINAL.has(error);
    if (name === 'States.TaskFailed') return !TERMINAL.has(error) && error !== 'States.Timeout';
    return name === 'States.Timeout' && error === 'States.HeartbeatTimeout';
  });
}
