import type { Deployment } from '#deployment/deployment';
import type { Serving } from '#deployment/release';
import { combineVerdicts, type Verdict } from '#deployment/verdict';
import type { EnvironmentName } from '#policy/policy';

export interface ReadinessFacts {
  readonly deployment: Deployment;
  readonly environment: EnvironmentName;
  readonly serving: Serving;
  readonly healthStatus: number;
  readonly lockHolder: string | undefined;
  /** The time now, as ISO time in UTC. */
  readonly at: string;
  /** The person who blocked the application's releases, and the reason. */
  readonly blocked: { readonly by: string; readonly reason: string } | undefined;
  /** The commit that production serves by Sluice's own record, if there is one. */
  readonly productionCommit: string | undefined;
  /** The digest of the object that is stored now under the artifact's key; undefined if there is none. */
  readonly storedDigest: string | undefined;
}

export interface ReadinessCheck {
  readonly check: string;
  readonly verdict: Verdict;
  readonly detail: string;
}

type Ask = (facts: ReadinessFacts) => ReadinessCheck | undefined;

const check = (name: string, passes: boolean, good: string, bad: string): ReadinessCheck => ({
  check: name,
  verdict: passes ? 'Successful' : 'Failed',
  detail: passes ? good : bad,
});

const notStopped: Ask = ({ deployment: { stopRequest } }) =>
  check('not-stopped', !stopRequest, 'no person asked to stop', `${stopRequest?.kind} by ${stopRequest?.by}: ${stopRequest?.reason}`);

const validated: Ask = ({ deployment: { fix } }) => ({
  check: 'fix-validated',
  verdict: fix?.verdict ?? 'Inconclusive',
  detail: fix ? fix.reason : 'no fix was collected',
});

const healthy: Ask = ({ environment, healthStatus }) =>
  check(
    'environment-healthy',
    healthStatus === 200,
    `${environment} is healthy`,
    `${environment} itself is unhealthy (its health path returns ${healthStatus}); repair it first`,
  );

const alone: Ask = ({ environment, lockHolder, deployment }) =>
  check(
    'no-other-deployment',
    lockHolder === deployment.id,
    'the lock is ours',
    `${environment} is locked by ${lockHolder ?? 'no deployment'}, but this deployment must hold the lock`,
  );

const settledRouting: Ask = ({ serving, environment }) =>
  check(
    'one-version-serves',
    !serving.candidate,
    `version ${serving.version} serves alone`,
    `${environment}'s alias splits its traffic between versions ${serving.version} and ${serving.candidate?.version}; decide which one serves, then submit the issue again`,
  );

/** Only for production. Staging may serve this artifact from an earlier attempt, and is then judged again. */
const changesSomething: Ask = ({ environment, serving, deployment: { fix } }) =>
  environment === 'staging'
    ? undefined
    : check(
        'something-to-deploy',
        serving.codeSha256 !== fix?.digest,
        'the artifact differs from what serves',
        'this artifact serves already; there is nothing to deploy',
      );

const stagingFirst: Ask = ({ environment, deployment: { staging } }) =>
  environment === 'staging'
    ? undefined
    : check('staging-first', staging?.result === 'Succeeded', 'staging succeeded', `staging ended as ${staging?.result ?? 'not released'}`);

const authorised: Ask = ({ environment, deployment: { decision, approval } }) => {
  if (environment === 'staging') return undefined;
  if (decision?.requirement === 'autonomous')
    return check('authorised', true, `confidence ${(decision.scoreHundredths / 100).toFixed(2)}, no gate asks for a person`, '');
  const given =
    decision?.requirement === 'approve'
      ? approval?.status === 'APPROVED'
      : approval?.status === 'APPROVED' || approval?.status === 'PROCEEDING';
  return check(
    'authorised',
    given,
    `${approval?.status.toLowerCase()} by ${approval?.decidedBy}`,
    `${decision?.requirement} is required and the record says ${approval?.status ?? 'nothing was asked'}`,
  );
};

/** The artifact must be the one that staging ran and that was approved, by the record and by the stored bytes. */
const sameArtefact: Ask = ({ environment, storedDigest, deployment: { approval, fix } }) => {
  if (environment === 'staging') return undefined;
  const meant = approval?.digest ?? fix?.digest;
  return check(
    'approved-artefact',
    meant !== undefined && meant === fix?.digest && meant === storedDigest,
    `the artifact is the one ${approval ? 'that the approvers were asked about' : 'that was released to staging'}`,
    `the artifact was rebuilt after the ${approval ? 'approval' : 'release to staging'}: it is ${shown(storedDigest)} now and was ${shown(meant)}; submit the issue again`,
  );
};

const shown = (digest: string | undefined) => (digest ? `…${Buffer.from(digest, 'base64').toString('hex').slice(-6)}` : 'gone');

const currentBase: Ask = ({ environment, productionCommit, deployment: { fix } }) =>
  environment === 'staging' || !productionCommit
    ? undefined
    : check(
        'current-base',
        fix?.baseCommit === productionCommit,
        'the fix is built on what production serves',
        `production serves commit ${productionCommit.slice(0, 10)} now, but the fix is built on ${fix?.baseCommit?.slice(0, 10)}; it would undo the newer commit: submit the issue again`,
      );

const noFreeze: Ask = ({ environment, deployment: { policy }, at, blocked }) => {
  const frozen = policy[environment].freezeWindows.find(({ from, to }) => from <= at && at < to);
  return check(
    'no-freeze',
    !frozen && !blocked,
    'no freeze window and no block',
    frozen
      ? `${environment} is frozen until ${frozen.to}: ${frozen.reason}; submit the issue again after that`
      : `releases are blocked by ${blocked?.by}: ${blocked?.reason}; submit the issue again when the block is lifted`,
  );
};

/** A change that cannot be undone needs an approval of exactly this artifact. The question warned of it. */
const acceptedForGood: Ask = ({ environment, deployment: { fix, approval } }) =>
  environment === 'staging' || !fix?.irreversible.length
    ? undefined
    : check(
        'irreversible-change-accepted',
        approval?.status === 'APPROVED' && approval.digest === fix.digest,
        `${fix.irreversible.join(', ')} cannot be undone, and ${approval?.decidedBy} accepted that`,
        `${fix.irreversible.join(', ')} cannot be undone, and no approver accepted that for exactly this artifact`,
      );

const asks: readonly Ask[] = [
  noFreeze,
  acceptedForGood,
  notStopped,
  validated,
  healthy,
  alone,
  settledRouting,
  changesSomething,
  stagingFirst,
  authorised,
  sameArtefact,
  currentBase,
];

/** Runs the pre-checks of one environment (R-READY-1 to 10). */
export function readiness(facts: ReadinessFacts): { verdict: Verdict; checks: ReadinessCheck[] } {
  const checks = asks.flatMap((ask) => ask(facts) ?? []);
  return { verdict: combineVerdicts(checks.map(({ verdict }) => verdict)), checks };
}
