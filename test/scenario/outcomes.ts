import type { AuditRow } from '#deployment/audit-event';

/** The shape of a trail: the types of its rows in order, without repeats. */
export function shapeOf(rows: readonly AuditRow[]): string[] {
  const types = rows
    .map(({ event }) => ('environment' in event ? `${event.environment}:${event.type}` : event.type))
    .filter((type) => !type.startsWith('Message'));
  return types.filter((type, index) => type !== types[index - 1]);
}

/** The rows of a whole release to one environment, from the lock to the end. */
export const releasedRows = (environment: 'staging' | 'production', steps: number) => [
  ...[
    'LockAcquired',
    'ReadinessChecked',
    'ReleasePlanned',
    'CandidateStaged',
    ...Array.from({ length: steps }, () => ['StepApplied', 'HealthJudged']).flat(),
  ].map((type) => `${environment}:${type}`),
  ...['ReleaseValidated', 'HealthJudged', 'ReleaseEnded'].map((type) => `${environment}:${type}`),
];

export const rolledBackRows = (environment: 'staging' | 'production') =>
  ['TrafficRestored', 'RollbackVerified', 'ReleaseEnded', 'LessonRecorded'].map((type) => `${environment}:${type}`);

export const resolvedRows = ['IssueAdmitted', 'DecisionMade', 'FixCollected'];
