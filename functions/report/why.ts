import type { AuditEvent, AuditRow } from '#deployment/audit-event';
import type { Deployment, DeploymentStatus, Outcome } from '#deployment/deployment';
import type { Judgement } from '#deployment/release';

/** One decision for programs: the row that holds it, and its rules and numbers as facts. */
export interface ExplainedDecision {
  readonly sequence: number;
  readonly at: string;
  readonly actor: string;
  readonly event: AuditEvent['type'];
  /** The decision in one line; the facts say why. */
  readonly sentence: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface Explanation {
  readonly deploymentId: string;
  readonly status: DeploymentStatus;
  readonly outcome: Outcome | null;
  readonly reason: string | null;
  readonly decisions: readonly ExplainedDecision[];
}

/** Says each rule and number behind each decision of a deployment, in the order they were made. */
export function explain(deployment: Deployment, rows: readonly AuditRow[]): string[] {
  return [
    `${deployment.id}: ${deployment.outcome ?? deployment.status}${deployment.outcomeReason ? `, because ${deployment.outcomeReason}` : ''}`,
    ...rows.flatMap(({ event }) => because(event)),
  ];
}

/** Gives the same decisions as data: every row that has a line for people. */
export function explanation(deployment: Deployment, rows: readonly AuditRow[]): Explanation {
  const { id: deploymentId, status, outcome = null, outcomeReason: reason = null } = deployment;
  return { deploymentId, status, outcome, reason, decisions: rows.flatMap(explained) };
}

function explained({ sequence, at, actor, event }: AuditRow): ExplainedDecision[] {
  const [headline] = because(event);
  if (headline === undefined) return [];
  const { type, ...facts } = event;
  return [{ sequence, at, actor, event: type, sentence: headline.trim().replace(/:$/, ''), facts }];
}

type Judged = Extract<AuditEvent, { type: 'HealthJudged' }>;

function because(event: AuditEvent): string[] {
  switch (event.type) {
    case 'DecisionMade':
      return decision(event);
    case 'FixCollected':
      return [
        `fix ${event.verdict}: ${event.reason}`,
        ...event.checks.map(({ check, verdict, detail }) => `  ${check}: ${verdict} (${detail})`),
        `  digest ${event.digest ?? 'none'}, commit ${event.commit ?? 'none'} on ${event.baseCommit ?? 'none'}`,
      ];
    case 'ReadinessChecked':
      return [
        `${event.environment} pre-checks: ${event.verdict}`,
        ...event.checks.map(({ check, verdict, detail }) => `  ${check}: ${verdict} (${detail})`),
      ];
    case 'HealthJudged':
      return judged(event);
    case 'ReleaseValidated':
      return [
        `${event.environment} validation: ${event.verdict}`,
        ...event.checks.map(({ check, verdict, detail }) => `  ${check}: ${verdict} (${detail})`),
      ];
    case 'ApprovalRequested':
      return [`${event.kind}: asked ${event.approvers.join(', ')} until ${event.expiresAt} about artifact ${event.digest}`];
    case 'ApprovalSettled':
      return [`answer: ${event.status} by ${event.by}`];
    case 'TrafficRestored':
      return [`${event.environment} rolled back to version ${event.version}: ${event.reason}`];
    case 'RollbackVerified':
      return [`${event.environment} rollback verification ${event.attempt}: ${event.verdict}`];
    default:
      return [];
  }
}

/** Explains a poll that decided, or one that went on although the limits as written would have rolled back. */
function judged({ environment, phase, verdict, next, reason, readings, literal, sequential }: Judged): string[] {
  const where = `${environment} ${phase}`;
  if (next === 'Watch' && literal?.verdict !== 'Failed') return [];
  if (next === 'Watch')
    return [`${where}: went on, although the limits as written would roll back`, ...read('by the evidence', sequential)];
  return [
    `${where}: ${verdict} → ${next}: ${reason}`,
    ...readings.map(({ metric, verdict, detail }) => `  ${metric}: ${verdict} (${detail})`),
    ...read('by the limits as written', literal),
    ...read('by the evidence', sequential),
  ];
}

const read = (by: string, reading: Judgement['literal']) =>
  reading ? [`  ${by}: ${reading.verdict}${reading.reasons.length > 0 ? ` (${reading.reasons.join('; ')})` : ''}`] : [];

function decision(event: Extract<AuditEvent, { type: 'DecisionMade' }>): string[] {
  const { scoreParts, scoreHundredths, band, gates, requirement, ineligibleBecause, previousResolutions } = event;
  return [
    `confidence ${(scoreHundredths / 100).toFixed(2)} with ${previousResolutions} previous resolution(s):`,
    ...scoreParts.map(
      ({ rule, hundredths }) => `  ${hundredths > 0 ? '+' : '−'}0.${String(Math.abs(hundredths)).padStart(2, '0')} ${rule}`,
    ),
    `  band: ${band}`,
    ...gates.map(({ gate, because }) => `  gate ${gate}: ${because}`),
    ...ineligibleBecause.map((reason) => `  not eligible: ${reason}`),
    `  → ${requirement}`,
  ];
}
