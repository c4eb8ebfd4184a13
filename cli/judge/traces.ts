import { type Trace, traceSchema } from '#watch/judge/trace';
import { UsageError } from '../usage-error.ts';
import { type Item, isRecord, readItems } from './items.ts';

const WATCH_SECONDS = 1_800;
const POLL_SECONDS = 10;
/** A later first time than this, in the year 5138, is in milliseconds. */
const LATEST_SECOND = 1e11;
/** If intervals last longer than an hour on average, their times are in milliseconds. */
const LONGEST_INTERVAL = 3_600;

/**
 * Turns times of a clock into seconds since the watch began, one interval before the first time.
 * Times that already count from the watch's beginning stay.
 */
function fromItsBeginning({ intervals, ...trace }: Trace): Trace {
  const [first, second] = intervals.map(({ t }) => t);
  if (first === undefined || (first > 0 && first <= WATCH_SECONDS)) return { ...trace, intervals };
  const origin = first - (second === undefined ? POLL_SECONDS : second - first);
  return { ...trace, intervals: intervals.map((interval) => ({ ...interval, t: interval.t - origin })) };
}

function inSeconds({ intervals, ...trace }: Trace): Trace {
  const [first = 0, last = 0] = [intervals[0]?.t, intervals.at(-1)?.t];
  const isMilliseconds = first > LATEST_SECOND || last - first > LONGEST_INTERVAL * (intervals.length - 1);
  return { ...trace, intervals: isMilliseconds ? intervals.map((interval) => ({ ...interval, t: interval.t / 1000 })) : intervals };
}

const orderedTrace = traceSchema
  .superRefine(({ intervals }, context) => {
    const index = intervals.findIndex(({ t }, at) => at > 0 && t <= (intervals[at - 1]?.t ?? 0));
    if (index > 0) context.addIssue({ code: 'custom', path: ['intervals', index, 't'], message: 'is not after the one before it' });
  })
  .transform(inSeconds)
  .transform(fromItsBeginning);

/** Reads one trace, an array of traces, `{traces}`, or one trace on each line. */
export function readTraces(content: unknown): Item<Trace>[] {
  const traces = isRecord(content) ? (content.traces ?? [content]) : content;
  if (!Array.isArray(traces)) throw new UsageError('the traces must be an object or an array of objects');
  return readItems(traces, () => orderedTrace);
}
