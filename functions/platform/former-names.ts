import * as z from 'zod';

/** Reads a stored or configured object under its former field names too; it is always written under the present ones. */
export const withFormerNames = <Schema extends z.ZodType>(schema: Schema, presentNames: Readonly<Record<string, string>>) =>
  z.preprocess((value) => inPresentNames(value, presentNames), schema);

/** Leaves a field under both names as it is, so that a strict schema refuses the former one. */
export function inPresentNames<Value>(value: Value, presentNames: Readonly<Record<string, string>>): Value {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const present = presentNames[name];
      return [present === undefined || present in value ? name : present, member];
    }),
  ) as Value;
}
