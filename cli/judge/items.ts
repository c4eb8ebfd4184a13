import type * as z from 'zod';

/** One thing to judge, or why it cannot be read. */
export type Item<T> = { readonly id: string } & ({ readonly value: T } | { readonly problem: string });

/** Reads each entry alone, so that one unreadable entry leaves the others readable. */
export function readItems<T>(entries: readonly unknown[], schemaFor: (entry: unknown) => z.ZodType<T>): Item<T>[] {
  return entries.map((entry, index) => {
    const id = idOf(entry) ?? `entry ${index + 1}`;
    const parsed = schemaFor(entry).safeParse(entry);
    return parsed.success ? { id, value: parsed.data } : { id, problem: parsed.error.issues.map(worded).join('; ') };
  });
}

function idOf(entry: unknown): string | undefined {
  const id = isRecord(entry) ? entry.id : undefined;
  return typeof id === 'string' || typeof id === 'number' ? String(id) : undefined;
}

const worded = ({ path, message }: z.core.$ZodIssue) => (path.length > 0 ? `${path.join('.')}: ${message}` : message);

/** Says whether a value has named fields. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
