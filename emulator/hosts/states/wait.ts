import { EvaluationFailure } from './failure.ts';
import type { StateHandler, Visit } from './visit.ts';

const LONGEST_WAIT_SECONDS = 99_999_999;
const OFFSET_DATE_TIME = /^(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;

export const wait: StateHandler = {
  async run(visit) {
    const { state, step, frame } = visit;
    const untilMs = state.Timestamp === undefined ? step.nowMs + 1000 * (await seconds(visit)) : await moment(visit, state.Timestamp);
    step.setTimer(frame.id, 'wait', Math.max(untilMs, step.nowMs));
    return 'waits';
  },
  on: (visit) => visit.exit(visit.state, visit.frame.input),
};

async function seconds(visit: Visit): Promise<number> {
  const value = await visit.count('Seconds');
  if (value === undefined || value <= LONGEST_WAIT_SECONDS) return value ?? 0;
  throw new EvaluationFailure(`${visit.prefix}The Seconds field must be at most ${LONGEST_WAIT_SECONDS} but was: ${value}`, 'Seconds');
}

async function moment(visit: Visit, timestamp: string): Promise<number> {
  const text = await visit.compiled.expressions.typed<string>(timestamp, 'Timestamp', visit.scope(), 'string');
  const [, day] = OFFSET_DATE_TIME.exec(text) ?? [];
  if (day && isDay(day) && !Number.isNaN(Date.parse(text))) return Date.parse(text);
  const why = `The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: ${text}`;
  throw new EvaluationFailure(visit.prefix + why, 'Timestamp');
}

/** Date.parse takes the 31st of February for the 2nd of March. */
const isDay = (day: string) => !Number.isNaN(Date.parse(day)) && new Date(day).toISOString().startsWith(day);
