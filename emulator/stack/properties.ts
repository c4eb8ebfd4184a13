import * as z from 'zod';

/** Parses a resource's properties; one that the schema does not know is an error that names it. */
export function propertiesOf<Schema extends z.ZodType>(schema: Schema, properties: unknown): z.output<Schema> {
  const parsed = schema.safeParse(properties ?? {});
  if (parsed.success) return parsed.data;
  throw new Error(z.prettifyError(parsed.error));
}
