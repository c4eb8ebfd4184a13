import { randomUUID } from 'node:crypto';
import type { HostContext } from '../host.ts';

/** An event as rules see it. */
export interface Event {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: string[];
  readonly detail: Record<string, unknown>;
}

/** An occurrence as its sender describes it, before EventBridge adds id, time and account. */
export type Occurrence = Pick<Event, 'source' | 'detail-type' | 'detail'> & Partial<Pick<Event, 'resources'>>;

/** Makes the event of an occurrence, at the clock's time unless another is given. */
export function eventOf({ clock, account, region }: HostContext, occurrence: Occurrence, atMs = clock.nowMs()): Event {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': occurrence['detail-type'],
    source: occurrence.source,
    account,
    time: secondsOf(atMs),
    region,
    resources: occurrence.resources ?? [],
    detail: occurrence.detail,
  };
}

/** Writes a time as events carry it: UTC, whole seconds. */
export const secondsOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
