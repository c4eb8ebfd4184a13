import { afterEach, describe, expect, it, vi } from 'vitest';
import { realClock, VirtualClock } from '../../clock/clock.ts';

const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};
const reaching = (clock: VirtualClock, epochMs: number) => new Promise<void>((resolve) => clock.at(epochMs, resolve));

describe('the virtual clock', () => {
  it('jumps to each timer in order of time, then of registration, and shows exactly its time', async () => {
    const clock = new VirtualClock(1000);
    const fired: string[] = [];
    const note = (name: string) => () => fired.push(`${name}@${clock.nowMs()}`);
    clock.at(5000, note('late'));
    clock.at(2000, note('first'));
    clock.at(2000, note('second'));
    clock.at(3000, note('cancelled'))();

    await clock.runUntil(reaching(clock, 6000));

    expect(fired).toEqual(['first@2000', 'second@2000', 'late@5000']);
    expect(clock.nowMs()).toBe(6000);
  });

  it('stands still until runUntil lets it go, and again after it', async () => {
    const clock = new VirtualClock(0);
    const fired: number[] = [];
    for (const at of [10, 30]) clock.at(at, () => fired.push(at));

    await turns(20);
    expect(fired).toEqual([]);
    await clock.runUntil(reaching(clock, 20));
    await turns(20);

    expect(fired).toEqual([10]);
    expect(clock.held()).toEqual(['nobody called runUntil']);
  });

  it('fires a timer of the past without turning time back', async () => {
    const clock = new VirtualClock(1000);

    await clock.runUntil(reaching(clock, 400));

    expect(clock.nowMs()).toBe(1000);
  });

  it('does not advance while work is held, even for long, and names the work', async () => {
    const clock = new VirtualClock(0);
    const release = clock.hold('a slow function');
    const running = clock.runUntil(reaching(clock, 10));

    await turns(50);
    expect([clock.nowMs(), clock.held()]).toEqual([0, ['a slow function']]);
    release();
    release();
    await running;

    expect(clock.nowMs()).toBe(10);
  });

  it('asks the pollers before each advance and stays as long as one finds work', async () => {
    const clock = new VirtualClock(0);
    const asked: number[] = [];
    const stop = clock.beforeAdvance(async () => asked.push(clock.nowMs()) < 3);

    await clock.runUntil(reaching(clock, 10));
    stop();
    await clock.runUntil(reaching(clock, 20));

    expect(asked).toEqual([0, 0, 0]);
  });

  it('keeps running while any of several waits is not over', async () => {
    const clock = new VirtualClock(0);

    await Promise.all([clock.runUntil(reaching(clock, 10)), clock.runUntil(reaching(clock, 1000))]);

    expect(clock.nowMs()).toBe(1000);
  });

  it('spends milliseconds on a day of timers', async () => {
    const clock = new VirtualClock(0);
    let ticks = 0;
    const tick = () => {
      ticks++;
      clock.at(clock.nowMs() + 30_000, tick);
    };
    clock.at(30_000, tick);

    await clock.runUntil(reaching(clock, 24 * 3_600_000));

    expect(ticks).toBe(2879);
  });
});

describe('the real clock', () => {
  afterEach(() => vi.useRealTimers());

  it('waits longer than one timer of Node can, and can still be cancelled', () => {
    vi.useFakeTimers({ now: 0 });
    const clock = realClock();
    const thirtyDays = 30 * 86_400_000;
    let fired = 0;
    clock.at(thirtyDays, () => fired++);
    clock.at(thirtyDays, () => fired++)();

    vi.advanceTimersByTime(thirtyDays - 1);
    expect(fired).toBe(0);
    vi.advanceTimersByTime(1);

    expect(fired).toBe(1);
  });
});
