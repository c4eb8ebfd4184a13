import { dirname } from 'node:path';
import type { Finding } from './finding.ts';

export interface Report {
  readonly files: number;
  readonly sentences: number;
  /** Sentences of 21 to 25 words: allowed, but worth a look. */
  readonly nearlyLong: number;
  readonly findings: readonly Finding[];
}

export const asJson = ({ findings, ...counts }: Report): string =>
  JSON.stringify(
    { ...counts, byRule: countBy(findings, ({ rule }) => rule), byFolder: countBy(findings, folderOf), findings },
    undefined,
    2,
  );

export function asText(report: Report): string {
  const { findings, files, sentences, nearlyLong } = report;
  const totals = `${findings.length} findings in ${files} files; ${sentences} sentences, ${nearlyLong} of them with 21 to 25 words (no finding).`;
  if (findings.length === 0) return totals;
  return [
    ...groups(findings),
    '',
    ...table('By rule', findings, ({ rule }) => rule),
    '',
    ...table('By folder', findings, folderOf),
    '',
    totals,
  ].join('\n');
}

function groups(findings: readonly Finding[]): string[] {
  return findings.flatMap((finding, index) => [
    ...(index > 0 && findings[index - 1]?.path !== finding.path ? [''] : []),
    `${finding.path}:${finding.line}:${finding.column}  ${finding.rule}  ${finding.message} — ${finding.instead}`,
  ]);
}

/** The first two folders of a path say which room it is in. */
const folderOf = ({ path }: Finding): string => dirname(path).split('/').slice(0, 2).join('/');

function table(title: string, findings: readonly Finding[], key: (finding: Finding) => string): string[] {
  return [`${title}:`, ...Object.entries(countBy(findings, key)).map(([name, count]) => `${String(count).padStart(6)}  ${name}`)];
}

function countBy(findings: readonly Finding[], key: (finding: Finding) => string): Record<string, number> {
  const counts = new Map<string, number>();
  for (const finding of findings) counts.set(key(finding), (counts.get(key(finding)) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
}
