import { MetricSourceFailed } from '#platform/errors';
import type { MetricSubject, MetricWindow } from './metrics.port.ts';

/** Versions go into queries, so that a version with quotes or braces would be a query of its own. */
const HARMLESS = /^[\w.:@/$-]+$/;

/** Puts what is asked about into a query's text: `$version`, `$environment`, `$window`. */
export function filled(text: string, { version, environment }: MetricSubject, { stepSeconds }: MetricWindow): string {
  if (!HARMLESS.test(version)) throw new MetricSourceFailed(`the version ${JSON.stringify(version)} cannot stand in a query`);
  const values: Record<string, string> = { version, environment, window: `${stepSeconds}s` };
  return text.replace(/\$(version|environment|window)\b/g, (_, name: string) => values[name] as string);
}
