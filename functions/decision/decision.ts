import type { Decision, Fix, Requirement } from '#deployment/deployment';
import type { Issue } from '#deployment/issue';
import type { Policy } from '#policy/policy';
import { bandOf, stricter } from './bands.ts';
import { scoreHundredths } from './confidence.ts';
import { ineligibleBecause } from './eligibility.ts';
import { gatesThatSpeak } from './gates.ts';
import { touchedPaths } from './touched-paths.ts';

export interface DecisionFacts {
  readonly issue: Issue;
  readonly policy: Policy;
  readonly previousResolutions: number;
  readonly authorTrusted: boolean;
}

/** Scores an issue and asks the gates. The stricter of band and gates wins (R-DECIDE-1). */
export function decide(facts: DecisionFacts): Decision {
  const { fix } = facts.issue;
  const files = fix.workflow === 'ready-patch' ? touchedPaths(fix.patch) : ['package.json'];
  return decideOn(facts, { files, schemaChanges: schemaChangesIn(files, facts.policy) });
}

/**
 * Decides again on what the fix really changes (R-DECIDE-2).
 * It keeps the lower score, the earlier gates and the stricter requirement.
 */
export function reconsider(facts: DecisionFacts, before: Decision, fix: Pick<Fix, 'files' | 'schemaChanges'>): Decision {
  const after = decideOn(facts, fix);
  const { scoreHundredths, scoreParts, band } = after.scoreHundredths <= before.scoreHundredths ? after : before;
  const silent = before.gates.filter(({ gate }) => after.gates.every((speaking) => speaking.gate !== gate));
  return {
    ...after,
    eligible: after.eligible && before.eligible,
    ineligibleBecause: [...new Set([...before.ineligibleBecause, ...after.ineligibleBecause])],
    scoreHundredths,
    scoreParts,
    band,
    gates: [...after.gates, ...silent],
    requirement: stricter(after.requirement, before.requirement),
  };
}

/** Picks the changed files that the policy counts as schema changes, by path or ending. */
export function schemaChangesIn(files: readonly string[], policy: Policy): string[] {
  return files.filter((file) =>
    policy.schemaPaths.some((path) => (path.startsWith('.') ? file.endsWith(path) : `/${file}`.includes(`/${path}`))),
  );
}

function decideOn(
  { issue, policy, previousResolutions, authorTrusted }: DecisionFacts,
  change: Pick<Fix, 'files' | 'schemaChanges'>,
): Decision {
  const fileCount = Math.max(change.files.length, issue.estimatedFiles ?? 0);
  const { hundredths, parts } = scoreHundredths({
    previousResolutions,
    hasRootCause: Boolean(issue.rootCause?.trim()),
    hasPrevention: Boolean(issue.prevention?.trim()),
    solutionLength: issue.solution?.trim().length ?? 0,
    domain: issue.domain,
    files: fileCount,
    effortHours: issue.estimatedEffortHours ?? 0,
  });
  const { domain, fix } = issue;
  const speaking = gatesThatSpeak({
    ...change,
    previousResolutions,
    hundredths,
    domain,
    workflow: fix.workflow,
    authorTrusted,
    fileCount,
    policy,
  });
  const because = ineligibleBecause(issue, policy);
  const band = bandOf(hundredths);
  const gated: Requirement = speaking.length > 0 ? stricter(band, 'approve') : band;
  return {
    eligible: because.length === 0 && band !== 'escalate',
    ineligibleBecause:
      band === 'escalate' ? [...because, `confidence ${(hundredths / 100).toFixed(2)} is below 0.50: a person must fix it`] : because,
    scoreHundredths: hundredths,
    scoreParts: parts,
    band,
    gates: speaking,
    requirement: because.length > 0 ? 'escalate' : gated,
    previousResolutions,
  };
}
