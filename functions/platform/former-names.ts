import * as z from 'zod';

/** Reads an object under its former field names too. Sluice always writes the present names. */
export const withFormerNames = <Schema extends z.ZodType>(schema: Schema, presentNames: Readonly<Record<string, string>>) =>
  z.preprocess((value) => inPresentNames(value, presentNames), schema);

/** Renames former fields. If a field has both names, it stays, so that a strict schema refuses the former one. */
export function inPresentNames<Value>(value: Value, presentNames: Readonly<Record<string, string>>): Value {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const present = presentNames[name];
      return [present === undefined || present in value ? name : present, member];
    }),
  ) as Value;
}
