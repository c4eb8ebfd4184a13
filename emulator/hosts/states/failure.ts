import type { Retrier } from './definition.ts';

export class StateFailure extends Error {
  readonly error?: string;
  readonly reason?: string;
  /** Another name under which Retry and Catch find the error. */
  readonly alias?: string;

  constructor(error: string | undefined, reason: string | undefined, alias?: string) {
    super(`${error}: ${reason}`);
    this.error = error;
    this.reason = reason;
    this.alias = alias;
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

export const RUNTIME_ERROR = 'States.Runtime';

const TERMINAL = new Set(['States.DataLimitExceeded', RUNTIME_ERROR]);

export function matches({ ErrorEquals }: Pick<Retrier, 'ErrorEquals'>, { error = '', alias }: StateFailure): boolean {
  return ErrorEquals.some((name) => {
    if (name === error || name === alias) return true;
    if (name === 'States.ALL') return !TERMINAL.has(error);
    return name === 'States.TaskFailed' && !TERMINAL.has(error) && error !== 'States.Timeout';
  });
}
