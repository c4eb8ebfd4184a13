import { MetricSourceFailed } from '#platform/errors';
import type { MetricSubject, MetricWindow } from './metrics.port.ts';

/** A version becomes part of a query. With quotes or braces it could become a query of its own. */
const HARMLESS = /^[\w.:@/$-]+$/;

/** Replaces `$version`, `$environment` and `$window` in the text of a query. */
export function filled(text: string, { version, environment }: MetricSubject, { stepSeconds }: MetricWindow): string {
  if (!HARMLESS.test(version))
    throw new MetricSourceFailed(`the version ${JSON.stringify(version)} cannot be used in a query; use only letters, digits and _.:@/$-`);
  const values: Record<string, string> = { version, environment, window: `${stepSeconds}s` };
  return text.replace(/\$(version|environment|window)\b/g, (_, name: string) => values[name] as string);
}
