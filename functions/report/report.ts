import type { Deployment } from '#deployment/deployment';
import { endOf } from '#deployment/stages';

export interface Period {
  /** First and last day, `YYYY-MM-DD`, both included. */
  readonly from: string;
  readonly to: string;
}

/** The hours that the same fix takes a person. The report calls this an estimate. */
const HOURS_SAVED_PER_DEPLOYMENT = 1.5;

/** Writes the weekly report in Markdown (R-REPORT-1 to 6). */
export function weeklyReport(deployments: readonly Deployment[], { from, to }: Period): string {
  const ended = deployments.filter(({ outcome }) => outcome !== undefined);
  const tried = ended.filter(wasTried);
  const deployed = tried.filter(succeeded);
  const rolledBack = tried.filter(wasUndone);
  const foretold = tried.filter((deployment) => expectedToSucceed(deployment) === succeeded(deployment));
  return [
    `# Autonomous deployments, ${from} to ${to}`,
    '',
    `| metric | this week | target |`,
    '|---|---|---|',
    `| total autonomous deployments | ${ended.length} (${tried.length} reached an environment) | |`,
    `| success rate | ${share(deployed.length, tried.length)} | > 95 % |`,
    `| mean time to resolution | ${mttr(deployed)} | < 30 min |`,
    `| rollback rate | ${share(rolledBack.length, tried.length)} | < 5 % |`,
    `| confidence accuracy (0.70 or more foretells success) | ${share(foretold.length, tried.length)} | > 90 % |`,
    `| time saved (estimate, ${HOURS_SAVED_PER_DEPLOYMENT} h each) | ${deployed.length * HOURS_SAVED_PER_DEPLOYMENT} h | 5+ h |`,
    '',
    ...implausibleSection(deployed),
    '## Rollbacks',
    ...list(rolledBack.map(({ id, outcomeReason }) => `${id}: ${outcomeReason}`)),
    '',
    '## Top issue types resolved',
    ...list(counted(deployed.map(({ issue }) => `${issue.domain} / ${issue.type}`))),
    '',
    '## Recommendations',
    ...list(recommendations(deployed.length, rolledBack.length, ended)),
    '',
  ].join('\n');
}

const succeeded = ({ outcome }: Deployment) => outcome === 'Deployed';

/** True if it changed an environment and no person ended it. A cancel says nothing about the fix. */
const wasTried = ({ outcome, staging, production }: Deployment) =>
  outcome !== 'Cancelled' && [staging, production].some((release) => (release?.stepIndex ?? -1) >= 0);

const wasUndone = ({ outcome, staging, production }: Deployment) =>
  outcome === 'RollbackFailed' || [staging, production].some((release) => release?.rollback !== undefined);

/** From 0.70 on, a fix goes ahead unless a person objects, so such a score foretells success. */
const expectedToSucceed = ({ decision }: Deployment) => (decision?.scoreHundredths ?? 0) >= 70;

const list = (lines: readonly string[]) => (lines.length > 0 ? lines.map((line) => `- ${line}`) : ['- none']);

const share = (part: number, whole: number) => (whole === 0 ? 'no data' : `${((100 * part) / whole).toFixed(1)} % (${part} of ${whole})`);

/**
 * From detection until all traffic is on the fix and monitored.
 * The verification afterwards does not count (R-REPORT-2).
 */
function mttr(deployed: readonly Deployment[]): string {
  if (deployed.length === 0) return 'no data';
  const plausible = deployed.filter((deployment) => !implausible(deployment));
  const doubt = plausible.length < deployed.length ? `; ${doubted(deployed, plausible)}` : '';
  return `${mean(deployed.map(minutesToResolution))} min (median ${median(deployed.map(minutesToResolution))} min${doubt})`;
}

/** The mean counts every deployment. This adds what it would be without the implausible ones. */
function doubted(deployed: readonly Deployment[], plausible: readonly Deployment[]): string {
  const share = `${deployed.length - plausible.length} of ${deployed.length} with an implausible detection`;
  return plausible.length > 0 ? `${share}, ${mean(plausible.map(minutesToResolution))} min without` : share;
}

const minutesToResolution = (deployment: Deployment) => minutesBetween(deployment.issue.detectedAt, deployedAt(deployment));

const minutesBetween = (fromIso: string, toIso: string) => (Date.parse(toIso) - Date.parse(fromIso)) / 60_000;

const mean = (values: readonly number[]) => (values.reduce((sum, each) => sum + each, 0) / values.length).toFixed(1);

/** For an even count, returns the mean of the two values in the middle. */
function median(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  return mean(sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1));
}

/** Clocks differ by some seconds. A producer sends an issue within a day of its detection. */
const PLAUSIBLE_MINUTES = { afterAdmission: 1, beforeAdmission: 24 * 60 };

/** Says why the date of a detection is probably wrong; undefined if it is plausible. */
function implausible({ issue, createdAt }: Deployment): string | undefined {
  const waited = minutesBetween(issue.detectedAt, createdAt);
  if (-waited > PLAUSIBLE_MINUTES.afterAdmission)
    return `detected ${(-waited).toFixed(1)} min after Sluice admitted it; correct the producer's clock`;
  if (waited > PLAUSIBLE_MINUTES.beforeAdmission)
    return `detected ${(waited / 1440).toFixed(1)} days before Sluice admitted it; find out why the producer sent it late or with an old date`;
  return undefined;
}

function implausibleSection(deployed: readonly Deployment[]): string[] {
  const lines = deployed.flatMap((deployment) => {
    const why = implausible(deployment);
    return why ? [`- ${deployment.id}: ${why}`] : [];
  });
  return lines.length > 0 ? ['## Implausible detection times', ...lines, ''] : [];
}

const deployedAt = (deployment: Deployment) =>
  deployment.stages.find(({ stage }) => stage === 'Verifying')?.startedAt ?? deployment.production?.finishedAt ?? endOf(deployment);

function counted(names: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a).map(([name, count]) => `${name}: ${count}`);
}

function recommendations(deployed: number, rolledBack: number, ended: readonly Deployment[]): string[] {
  const escalated = ended.filter(({ outcome }) => outcome === 'Escalated').length;
  const cancelled = ended.filter(({ outcome }) => outcome === 'Cancelled').length;
  return [
    ...(rolledBack > 0 ? [`${rolledBack} rollback(s): add a staging check that would have caught each`] : []),
    ...(escalated > deployed ? ['more issues were escalated than deployed: give them root cause, prevention and solution texts'] : []),
    ...(cancelled > 0 ? [`${cancelled} cancelled: ask the approvers whether they saw the request in time`] : []),
  ];
}
