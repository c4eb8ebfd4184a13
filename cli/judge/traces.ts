import { type Trace, traceSchema } from '#watch/judge/trace';
import { UsageError } from '../usage-error.ts';
import { type Item, isRecord, readItems } from './items.ts';

const WATCH_SECONDS = 1_800;
const POLL_SECONDS = 10;
/** A clock that reads more than this, or intervals that last longer than that, are in milliseconds. */
const [LATEST_SECOND, LONGEST_INTERVAL] = [1e11, 3_600];

/** A clock's seconds are counted from one interval before the first; what already counts from the watch's beginning is kept. */
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

/** Reads one trace, an array of them, `{traces}`, or a trace a line. */
export function readTraces(content: unknown): Item<Trace>[] {
  const traces = isRecord(content) ? (content.traces ?? [content]) : content;
  if (!Array.isArray(traces)) throw new UsageError('traces are an object or an array of them');
  return readItems(traces, () => orderedTrace);
}
