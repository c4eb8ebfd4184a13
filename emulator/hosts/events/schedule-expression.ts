import cronParser from 'aws-cron-parser';

export interface Schedule {
  /** `rate(…)`, `cron(…)` or `at(…)`, as EventBridge writes them. */
  readonly expression: string;
  /** IANA name; UTC when absent. */
  readonly timezone?: string;
  /** When the schedule was created, in epoch milliseconds: rates count from here. */
  readonly createdMs: number;
}

const UNIT_MS: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
const LONGEST_SEARCH = 1000;

/** Computes the first time after `afterMs` at which a schedule fires; undefined when it never fires again. */
export function nextFireMs(schedule: Schedule, afterMs: number): number | undefined {
  const [, kind, argument = ''] = /^(rate|cron|at)\((.+)\)$/.exec(schedule.expression.trim()) ?? [];
  if (kind === 'rate') return nextOfRate(argument, schedule, afterMs);
  if (kind === 'cron') return nextOfCron(argument, schedule, afterMs);
  if (kind !== 'at') throw new Error(`Not a schedule expression: ${schedule.expression}`);
  const at = instantOf(wallTime(argument), schedule.timezone);
  return at !== undefined && at > afterMs ? at : undefined;
}

function wallTime(argument: string): number {
  const ms = Date.parse(`${argument}Z`);
  if (Number.isNaN(ms)) throw new Error(`at(${argument}) is not a time like at(2026-01-31T08:00:00)`);
  return ms;
}

function nextOfRate(argument: string, { createdMs }: Schedule, afterMs: number): number {
  const [, count, unit = ''] = /^(\d+) (minute|hour|day)s?$/.exec(argument) ?? [];
  if (!Number(count)) throw new Error(`Not a rate: rate(${argument})`);
  const period = Number(count) * (UNIT_MS[unit] ?? 0);
  const passed = Math.max(0, Math.floor((afterMs - createdMs) / period));
  return createdMs + (passed + 1) * period;
}

function nextOfCron(argument: string, { timezone }: Schedule, afterMs: number): number | undefined {
  const fields = argument.trim().split(/\s+/);
  const questions = [fields[2], fields[4]].filter((field) => field === '?').length;
  if (fields.length !== 6 || questions !== 1) throw new Error(`cron(${argument}) must have six fields, one of the two day fields being ?`);
  const parsed = cronParser.parse(argument);
  let wall = new Date(wallOf(afterMs, timezone));
  for (let tries = 0; tries < LONGEST_SEARCH; tries++) {
    const next = cronParser.next(parsed, wall);
    if (!next) return undefined;
    const day = next.getUTCDate();
    // The parser rolls day 31 of a short month over into the next month: look again from that month's beginning.
    const rolledOver =
      !parsed.months.includes(next.getUTCMonth() + 1) || (typeof parsed.daysOfMonth[0] === 'number' && !parsed.daysOfMonth.includes(day));
    wall = rolledOver ? new Date(Date.UTC(next.getUTCFullYear(), next.getUTCMonth()) - 60_000) : next;
    const instant = rolledOver ? undefined : instantOf(wall.getTime(), timezone);
    if (instant !== undefined && instant > afterMs) return instant;
  }
  return undefined;
}

/** The time that a clock on the wall shows, written as if it were UTC. */
function wallOf(ms: number, timezone = 'UTC'): number {
  const options = { timeZone: timezone, hourCycle: 'h23', dateStyle: 'short', timeStyle: 'medium' } as const;
  const text = new Intl.DateTimeFormat('sv-SE', options).format(ms);
  return Date.parse(`${text.replace(' ', 'T')}Z`) + (((ms % 1000) + 1000) % 1000);
}

/** The instant of a wall time: undefined for an hour that daylight saving skips, the first of two if it repeats. */
function instantOf(wall: number, timezone?: string): number | undefined {
  const offsets = [-86_400_000, 86_400_000].map((shift) => wallOf(wall + shift, timezone) - (wall + shift));
  const candidates = offsets.map((offset) => wall - offset).filter((instant) => wallOf(instant, timezone) === wall);
  return candidates.length > 0 ? Math.min(...candidates) : undefined;
}
