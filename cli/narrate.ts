import type { AuditEvent } from '#deployment/audit-event';

type Narrators = { readonly [Type in AuditEvent['type']]: (event: Extract<AuditEvent, { type: Type }>) => string };

const percent = (hundredths: number) => (hundredths / 100).toFixed(2);

const narrators: Narrators = {
  IssueAdmitted: ({ domain, severity, channel }) => `issue admitted from the ${channel}: ${domain}, ${severity}`,
  DecisionMade: ({ scoreHundredths, requirement, gates }) =>
    `score ${percent(scoreHundredths)} → ${requirement}${gates.length ? ` (${gates.map(({ gate }) => gate).join(', ')})` : ''}`,
  FixCollected: ({ verdict, files, addedLines, removedLines, reason }) =>
    `fix ${verdict}: ${files.length} ${files.length === 1 ? 'file' : 'files'}, +${addedLines} −${removedLines}${verdict === 'Successful' ? '' : ` — ${reason}`}`,
  LockAcquired: ({ environment, fence }) => `${environment}: lock acquired, fence ${fence}`,
  LockAwaited: ({ environment, holder, because }) =>
    `${environment}: waits for the lock of ${holder}${because ? `, which is held because ${because}` : ''}`,
  ReadinessChecked: ({ environment, verdict, checks }) =>
    `${environment}: pre-checks ${verdict}${verdict === 'Successful' ? ` (${checks.length})` : `: ${refused(checks)}`}`,
  ReleasePlanned: ({ environment, steps, baseline }) =>
    `${environment}: version ${baseline.version} serves; planned ${steps.map(({ weightPercent }) => `${weightPercent} %`).join(' → ')}`,
  CandidateStaged: ({ environment, version }) => `${environment}: candidate is version ${version}`,
  StepApplied: ({ environment, weightPercent, stepIndex }) =>
    `${environment}: step ${stepIndex + 1}, candidate gets ${weightPercent} % of the traffic`,
  HealthJudged: ({ environment, phase, verdict, next, reason, readings }) =>
    `${environment}: ${phase} ${verdict}${measured(readings)}${next === 'RollBack' ? ` → ROLL BACK: ${reason}` : ''}`,
  ReleaseValidated: ({ environment, verdict, checks }) =>
    `${environment}: validation ${verdict} (${checks.map((check) => `${check.check} ${check.verdict}`).join(', ')})`,
  ReleaseEnded: ({ environment, result, reason, symptom }) =>
    `${environment}: ${result}: ${reason}${symptom ? `; symptom ${symptom}` : ''}`,
  LockReleased: ({ environment, by, reason, serves }) => `${environment}: lock released by ${by}: ${reason} (${serves})`,
  TrafficRestored: ({ environment, version, reason }) => `${environment}: all traffic on version ${version} again (${reason})`,
  RollbackVerified: ({ environment, verdict, attempt }) => `${environment}: rollback verification ${verdict} (attempt ${attempt})`,
  LessonRecorded: ({ lessonId }) => `lesson ${lessonId} recorded`,
  ApprovalRequested: ({ kind, approvers, expiresAt }) =>
    `${kind === 'approve' ? 'asks for approval' : 'can be cancelled'} by ${approvers.join(', ')} until ${expiresAt.slice(11, 19)}`,
  VoteCast: ({ by, votes, quorum }) => `yes by ${by}, ${votes} of ${quorum}`,
  ApprovalSettled: ({ status, by }) => `${status.toLowerCase()}, decided by ${by}`,
  AnswerRefused: ({ action, by, because }) => `${action} by ${by} refused: ${because}`,
  StopRefused: ({ kind, by, because }) => `${kind} by ${by} refused: ${because}`,
  StopRequested: ({ kind, by, reason }) => `${kind} asked for by ${by}: ${reason}`,
  ExecutionLost: ({ execution, status }) => `execution ${execution} was lost (${status}); recovering`,
  MessageDelivered: ({ kind, channel }) => `message "${kind}" delivered by ${channel}`,
  MessageFailed: ({ kind, channel, because }) => `message "${kind}" by ${channel} failed (${because}); Sluice sends it again`,
  OutcomeRecorded: ({ outcome, reason }) => `${outcome}: ${reason}`,
};

const refused = (checks: readonly { verdict: string; detail: string }[]) =>
  checks
    .filter(({ verdict }) => verdict !== 'Successful')
    .map(({ detail }) => detail)
    .join('; ');

function measured(readings: Extract<AuditEvent, { type: 'HealthJudged' }>['readings']): string {
  const errors = readings.find(({ metric }) => metric === 'error-rate');
  const time = readings.find(({ metric }) => metric === 'response-time');
  if (errors?.value === null || errors?.value === undefined) return '';
  return ` (${errors.value.toFixed(1)} % of ${errors.requests} requests failed, limit ${errors.limit} %${time?.value == null ? '' : `; ${Math.round(time.value)} ms`})`;
}

/** Writes one audit event as one line for people. */
export function narrate(event: AuditEvent): string {
  const narrator = narrators[event.type] as ((event: AuditEvent) => string) | undefined;
  return narrator ? narrator(event) : `${event.type} (a newer version of Sluice wrote this row)`;
}
