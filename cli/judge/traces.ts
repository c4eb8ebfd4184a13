import * as z from 'zod';
import { type Trace, traceSchema } from '#domain/judge/trace';

const WATCH_SECONDS = 1_800;
const POLL_SECONDS = 10;

/** A clock's seconds are counted from one interval before the first; what already counts from the watch's beginning is kept. */
function fromItsBeginning({ intervals, ...trace }: Trace): Trace {
  const [first, second] = intervals.map(({ t }) => t);
  if (first === undefined || (first > 0 && first <= WATCH_SECONDS)) return { ...trace, intervals };
  const origin = first - (second === undefined ? POLL_SECONDS : second - first);
  return { ...trace, intervals: intervals.map((interval) => ({ ...interval, t: interval.t - origin })) };
}

const orderedTrace = traceSchema
  .superRefine(({ intervals }, context) => {
    const index = intervals.findIndex(({ t }, at) => at > 0 && t <= (intervals[at - 1]?.t ?? 0));
    if (index > 0) context.addIssue({ code: 'custom', path: ['intervals', index, 't'], message: 'is not after the one before it' });
  })
  .transform(fromItsBeginning);

/** Reads one trace, an array of them, `{traces}`, or a trace a line. */
export const tracesSchema = z.preprocess((value) => {
  if (Array.isArray(value)) return value;
  const isMany = typeof value === 'object' && value !== null && 'traces' in value;
  return isMany ? value.traces : [value];
}, z.array(orderedTrace));
