import type { Metrics } from './types.ts';

interface Directive {
  readonly Namespace: string;
  readonly Dimensions?: string[][];
  readonly Metrics?: { readonly Name: string }[];
}

/** Counts the metrics of a log line in the embedded metric format; other lines say nothing. */
export function countEmbedded(line: string, atMs: number, metrics: Metrics): void {
  const document = line.startsWith('{') && line.includes('"_aws"') ? parsed(line) : undefined;
  const directives = (document?._aws as { CloudWatchMetrics?: Directive[] } | undefined)?.CloudWatchMetrics;
  if (!document || !Array.isArray(directives)) return;
  for (const { Namespace, Dimensions, Metrics } of directives) {
    for (const { Name } of Metrics ?? []) {
      const values = [document[Name]].flat().filter((value) => typeof value === 'number');
      if (values.length === 0) continue;
      for (const keys of Dimensions?.length ? Dimensions : [[]]) {
        const dimensions = Object.fromEntries(keys.map((key) => [key, String(document[key])]));
        metrics.put({ namespace: Namespace, name: Name, dimensions, values, atMs });
      }
    }
  }
}

/** A line that only looks like JSON is an ordinary log line. */
function parsed(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
