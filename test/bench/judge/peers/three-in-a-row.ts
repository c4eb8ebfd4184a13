import type { Signal } from '../faults.ts';
import type { Judge } from '../judge.ts';
import { windows } from '../windows.ts';
import { overLimits } from './fixed-limits.ts';

/** The usual improvement of fixed limits: it rolls back if three polls in a row exceed the same limit. */
export function threeInARow(poll: number): Judge {
  return {
    name: `three in a row ${poll} s`,
    poll,
    decide({ candidate }) {
      const runs = new Map<Signal, number>();
      for (const [i, window] of windows(candidate, poll).entries()) {
        const over = overLimits(window);
        for (const signal of [...runs.keys()]) if (!over.includes(signal)) runs.delete(signal);
        for (const signal of over) runs.set(signal, (runs.get(signal) ?? 0) + 1);
        const signals = over.filter((signal) => (runs.get(signal) ?? 0) >= 3);
        if (signals.length > 0) return { at: (i + 1) * poll, signals };
      }
      return undefined;
    },
  };
}
