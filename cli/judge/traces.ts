import * as z from 'zod';
import { traceSchema } from '#domain/judge/trace';

/** Reads one trace, an array of them, or `{traces}`. */
export const tracesSchema = z.preprocess((value) => {
  if (Array.isArray(value)) return value;
  const isMany = typeof value === 'object' && value !== null && 'traces' in value;
  return isMany ? value.traces : [value];
}, z.array(traceSchema));
