import type { Deployment } from './deployment.ts';

export interface Period {
  /** First and last day, `YYYY-MM-DD`, both included. */
  readonly from: string;
  readonly to: string;
}

/** How long the same fix takes a person, in hours: an estimate, and said to be one. */
const HOURS_SAVED_PER_DEPLOYMENT = 1.5;

/** Writes the guide's weekly report (guide, Weekly Report and Key Metrics) in Markdown. */
export function weeklyReport(deployments: readonly Deployment[], { from, to }: Period): string {
  const ended = deployments.filter(({ outcome }) => outcome !== undefined);
  const deployed = ended.filter(({ outcome }) => outcome === 'Deployed');
  const undone = ended.filter(({ outcome }) => outcome === 'RolledBack' || outcome === 'RollbackFailed');
  const tried = deployed.length + undone.length;
  const hours = deployed.length * HOURS_SAVED_PER_DEPLOYMENT;
  return [
    `# Autonomous deployments, ${from} to ${to}`,
    '',
    `| metric | this week | target |`,
    '|---|---|---|',
    `| total autonomous deployments | ${ended.length} (${tried} reached production) | |`,
    `| success rate | ${share(deployed.length, tried)} | > 95 % |`,
    `| mean time to resolution | ${mttr(deployed)} | < 30 min |`,
    `| rollback rate | ${share(undone.length, tried)} | < 5 % |`,
    `| time saved (estimate, ${HOURS_SAVED_PER_DEPLOYMENT} h each) | ${hours} h | 5 h |`,
    '',
    '## Rollbacks',
    ...list(undone.map(({ id, outcomeReason }) => `${id}: ${outcomeReason}`)),
    '',
    '## Top issue types resolved',
    ...list(counted(deployed.map(({ issue }) => `${issue.domain} / ${issue.type}`))),
    '',
    '## Recommendations',
    ...list(recommendations(deployed.length, undone.length, ended)),
    '',
  ].join('\n');
}

const list = (lines: readonly string[]) => (lines.length > 0 ? lines.map((line) => `- ${line}`) : ['- none']);

const share = (part: number, whole: number) => (whole === 0 ? 'no data' : `${((100 * part) / whole).toFixed(1)} % (${part} of ${whole})`);

function mttr(deployed: readonly Deployment[]): string {
  if (deployed.length === 0) return 'no data';
  const minutes = deployed.map(
    ({ issue, production, updatedAt }) => (Date.parse(production?.finishedAt ?? updatedAt) - Date.parse(issue.detectedAt)) / 60_000,
  );
  return `${(minutes.reduce((sum, each) => sum + each, 0) / minutes.length).toFixed(1)} min`;
}

function counted(names: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a).map(([name, count]) => `${name}: ${count}`);
}

function recommendations(deployed: number, undone: number, ended: readonly Deployment[]): string[] {
  const escalated = ended.filter(({ outcome }) => outcome === 'Escalated').length;
  const cancelled = ended.filter(({ outcome }) => outcome === 'Cancelled').length;
  return [
    ...(undone > 0 ? [`${undone} rollback(s): add a staging check that would have caught each`] : []),
    ...(escalated > deployed ? ['more issues were escalated than deployed: give them root cause, prevention and solution texts'] : []),
    ...(cancelled > 0 ? [`${cancelled} cancelled: ask the approvers whether they saw the request in time`] : []),
  ];
}
