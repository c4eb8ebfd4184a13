import type { Deployment } from '#deployment/deployment';
import { askedBy } from '#deployment/deployment';
import type { CheckResult, Release, Serving } from '#deployment/release';

/** Why a release is frozen instead of undone: its schema change cannot be undone, and its approvers accepted exactly this artefact with it. */
export function frozenBecause({ fix, approval }: Deployment, { environment }: Release): string | undefined {
  const accepted = approval?.status === 'APPROVED' && approval.digest === fix?.digest;
  if (environment !== 'production' || !accepted || !fix?.irreversible.length) return undefined;
  return `frozen: ${fix.irreversible.join(', ')} cannot be undone, as ${approval.decidedBy ?? 'its approvers'} accepted; old code must not meet the new schema`;
}

/** Says in one check why the traffic was not returned: the old version itself is unhealthy. */
export const unhealthy = ({ detail }: CheckResult, version: string): CheckResult => ({
  check: 'service-health',
  verdict: 'Failed',
  detail: `the old version ${version} fails its health path (${detail}), so the traffic was left where it is`,
});

/** Why a release is undone, by the first of: a person, an error, the judge, a failed check. */
export function rollbackReason({ stopRequest }: Deployment, { judgement, checks }: Release, asked: string): string {
  if (stopRequest) return askedBy(stopRequest);
  if (asked) return asked;
  if (judgement?.next === 'RollBack') return judgement.reason;
  const failed = (checks ?? []).filter((check) => check.verdict === 'Failed' || check.verdict === 'Inconclusive');
  return failed.map((check) => `${check.check}: ${check.detail}`).join('; ') || 'an exception during the deployment';
}

/** Whether the routing stands as the release's own steps leave it, the one whose answer was lost included; anything else is somebody else's and is left. */
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

/** What a target adds to its revision after an `@` says how far that has come or how it is, and not that somebody moved it. */
const isOf = (seen: string, left: string | undefined) => seen === left || seen.startsWith(`${left}@`);

const weightsAround = ({ plan, stepIndex }: Release) => [plan[stepIndex]?.weightPercent ?? 0, plan[stepIndex + 1]?.weightPercent] as const;

/** Says what somebody else made of the routing, which is never overwritten; nothing where the old version serves alone. */
export function movedByHand({ baseline }: Release, serving: Serving): string {
  const { version, candidate } = serving;
  if (!baseline || (version === baseline.version && !candidate)) return '';
  const routing = candidate ? `${version} with ${candidate.weightPercent} % on ${candidate.version}` : version;
  return `; somebody moved the alias to version ${routing} meanwhile, which was left as it is: decide which version should serve`;
}

/** Says in one check that the traffic is still where it was, as when the target refused to return it; the candidate's own health is no comfort. */
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

/** When the attempt that is under way began, in epoch milliseconds: with the rollback, or after the back-off of the one before. */
export const attemptBegan = ({ rollback }: Release, startedAt: string): number =>
  Math.max(Date.parse(startedAt), Date.parse(rollback?.againAt ?? startedAt));

/** Counts attempts: an attempt that recorded nothing, since it failed, is known by the verdict that the one before it left. */
export const attemptsOf = ({ rollback }: Release): number => (rollback?.attempts ?? 0) + (rollback && !rollback.verdict ? 0 : 1);

/** Says what is true of an environment: what serves, and what is wrong with it. */
export function servingInWords({ version, candidate }: Serving, checks: readonly CheckResult[]): string {
  const routing = candidate
    ? `version ${version} serves, with ${candidate.weightPercent} % on ${candidate.version}`
    : `version ${version} serves all traffic`;
  const wrong = checks.filter(({ verdict }) => verdict === 'Failed' || verdict === 'Inconclusive');
  return [routing, ...wrong.map(({ check, detail }) => `${check}: ${detail}`)].join('; ');
}

/** Says why a release ended as RollbackFailed, and what is true now; what the last attempt could not look at is not known. */
export const unverified = ({ rollback }: Release, reason: string): string =>
  `${reason}; its rollback could not be verified in ${rollback?.attempts ?? 0} attempt(s); now ${rollback?.servingState ?? 'it is not known what serves'}`;
