const UNITS = [
  { unit: 'day', seconds: 86_400 },
  { unit: 'hour', seconds: 3_600 },
  { unit: 'minute', seconds: 60 },
  { unit: 'second', seconds: 1 },
] as const;

const counted = (count: number, unit: string) => `${count} ${unit}${count === 1 ? '' : 's'}`;

/** Says a duration in its two largest units. It is rounded down, so an approver never has less time than shown. */
export function durationInWords(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const first = UNITS.findIndex((unit) => whole >= unit.seconds);
  if (first === -1) return 'less than a second';
  const [large, small] = [UNITS[first], UNITS[first + 1]];
  if (!large) return '';
  const rest = small ? Math.floor((whole % large.seconds) / small.seconds) : 0;
  return [counted(Math.floor(whole / large.seconds), large.unit), ...(small && rest > 0 ? [counted(rest, small.unit)] : [])].join(' ');
}

const date = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });

/** Says a moment in UTC, with seconds only if they matter. */
export function momentInWords(iso: string, withSeconds = false): string {
  const moment = new Date(iso);
  const time = moment.toISOString().slice(11, withSeconds || moment.getUTCSeconds() > 0 ? 19 : 16);
  const part = (type: string) => date.formatToParts(moment).find((found) => found.type === type)?.value;
  return `${part('weekday')} ${part('day')} ${part('month')} ${part('year')}, ${time} UTC`;
}

/** Says how far a moment is from now, before or after it. */
export function fromNow(iso: string, nowIso: string): string {
  const seconds = (Date.parse(iso) - Date.parse(nowIso)) / 1000;
  if (Math.abs(seconds) < 1) return 'just now';
  return seconds >= 0 ? `${durationInWords(seconds)} from now` : `${durationInWords(-seconds)} ago`;
}
