import type * as z from 'zod';
import { NotHosted } from '../hosts/host.ts';

/** Parses a resource's properties. An unknown or invalid property is an error that names it. */
export function propertiesOf<Schema extends z.ZodType>(schema: Schema, properties: unknown): z.output<Schema> {
  const parsed = schema.safeParse(properties ?? {});
  if (parsed.success) return parsed.data;
  throw new NotHosted(parsed.error.issues.map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message)));
}
