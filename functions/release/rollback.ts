import type { Deployment } from '#deployment/deployment';
import { askedBy } from '#deployment/deployment';
import type { CheckResult, Release, Serving } from '#deployment/release';

/**
 * Says why a release is frozen instead of undone; undefined if it can be undone.
 * Frozen: its schema change cannot be undone, and its approvers accepted that for exactly this artifact.
 */
export function frozenBecause({ fix, approval }: Deployment, { environment }: Release): string | undefined {
  const accepted = approval?.status === 'APPROVED' && approval.digest === fix?.digest;
  if (environment !== 'production' || !accepted || !fix?.irreversible.length) return undefined;
  return `frozen: ${fix.irreversible.join(', ')} cannot be undone, as ${approval.decidedBy ?? 'its approvers'} accepted; old code must not run on the new schema`;
}

/** Says in one check that the traffic was not returned because the old version is unhealthy. */
export const unhealthy = ({ detail }: CheckResult, version: string): CheckResult => ({
  check: 'service-health',
  verdict: 'Failed',
  detail: `the old version ${version} fails its health path (${detail}), so the traffic was left where it is`,
});

/** Says why a release is undone: the first of a person's stop, an error, the judge, a failed check. */
export function rollbackReason({ stopRequest }: Deployment, { judgement, checks }: Release, asked: string): string {
  if (stopRequest) return askedBy(stopRequest);
  if (asked) return asked;
  if (judgement?.next === 'RollBack') return judgement.reason;
  const failed = (checks ?? []).filter((check) => check.verdict === 'Failed' || check.verdict === 'Inconclusive');
  return failed.map((check) => `${check.check}: ${check.detail}`).join('; ') || 'an exception during the deployment';
}

/**
 * True if the release's own steps left the routing like this, including a step with a lost result.
 * Any other routing was made outside Sluice, and Sluice leaves it.
 */
export function isOurs(release: Release, serving: Serving, movesGradually = false): boolean {
  const { baseline, candidateVersion, revision } = release;
  if (!baseline || !candidateVersion || candidateVersion === baseline.version) return false;
  const [current, next] = weightsAround(release);
  const { version, candidate } = serving;
  if (version === candidateVersion && !candidate) return isOf(serving.revision, revision) || next === 100;
  if (version === candidateVersion) return movesGradually && candidate?.version === baseline.version;
  if (version !== baseline.version || candidate?.version !== candidateVersion) return false;
  const share = candidate.weightPercent;
  return share === current || share === next || (movesGradually && share < Math.max(current, next ?? 0));
}

/** After an `@`, a target adds its progress or state to its revision. That does not mean that a person moved it. */
const isOf = (seen: string, left: string | undefined) => seen === left || seen.startsWith(`${left}@`);

const weightsAround = ({ plan, stepIndex }: Release) => [plan[stepIndex]?.weightPercent ?? 0, plan[stepIndex + 1]?.weightPercent] as const;

/** Says how the routing was changed outside Sluice; empty if the old version serves alone. Sluice leaves it. */
export function movedByHand({ baseline }: Release, serving: Serving): string {
  const { version, candidate } = serving;
  if (!baseline || (version === baseline.version && !candidate)) return '';
  const routing = candidate ? `${version} with ${candidate.weightPercent} % on ${candidate.version}` : version;
  return `; the traffic was moved outside Sluice to version ${routing} and was left as it is: decide which version should serve`;
}

/**
 * Says in one check that the candidate still serves, for example because the target refused to return the traffic.
 * This fails even if the candidate is healthy.
 */
export function notReturned(
  { baseline, candidateVersion }: Release,
  { version, candidate }: Serving,
  caught = '',
): CheckResult | undefined {
  const serves = candidateVersion !== undefined && [version, candidate?.version].includes(candidateVersion);
  if (!baseline || !serves || candidateVersion === baseline.version) return undefined;
  const detail = `the traffic was not returned to version ${baseline.version}: ${candidateVersion} still serves${caught && ` (${caught})`}`;
  return { check: 'service-health', verdict: 'Failed', detail };
}

/**
 * Returns when the current attempt began, in epoch milliseconds.
 * The first begins with the rollback, a later one after the back-off.
 */
export const attemptBegan = ({ rollback }: Release, startedAt: string): number =>
  Math.max(Date.parse(startedAt), Date.parse(rollback?.againAt ?? startedAt));

/**
 * Counts the attempts. If the verdict of the attempt before is still there, the current attempt failed before
 * it recorded anything, and counts too.
 */
export const attemptsOf = ({ rollback }: Release): number => (rollback?.attempts ?? 0) + (rollback && !rollback.verdict ? 0 : 1);

/** Says which version serves an environment, and what is wrong with it. */
export function servingInWords({ version, candidate }: Serving, checks: readonly CheckResult[]): string {
  const routing = candidate
    ? `version ${version} serves, with ${candidate.weightPercent} % on ${candidate.version}`
    : `version ${version} serves all traffic`;
  const wrong = checks.filter(({ verdict }) => verdict === 'Failed' || verdict === 'Inconclusive');
  return [routing, ...wrong.map(({ check, detail }) => `${check}: ${detail}`)].join('; ');
}

/** Says why a release ended as RollbackFailed, and what serves now if the last attempt could see it. */
export const unverified = ({ rollback }: Release, reason: string): string =>
  `${reason}; its rollback could not be verified in ${rollback?.attempts ?? 0} attempt(s); now ${rollback?.servingState ?? 'it is not known what serves'}`;
