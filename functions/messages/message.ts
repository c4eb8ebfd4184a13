import type { Deployment } from '#deployment/deployment';
import type { Release } from '#deployment/release';
import { endOf } from '#deployment/stages';
import { spellUnseen } from '#platform/unseen';
import type { EnvironmentPolicy } from '#policy/policy';
import { momentInWords } from '#web/pages/time-words';

export const messageKinds = [
  'escalated',
  'deployed',
  'rolled-back',
  'critical',
  'approval-requested',
  'cancel-window',
  'cancelled',
  'staging-failed',
  'stuck',
  'released',
  'restored',
] as const;
export type MessageKind = (typeof messageKinds)[number];

export interface MessageExtras {
  readonly links: Partial<Record<string, string>>;
}

interface MessageTemplate {
  readonly subject: string;
  readonly lines: (deployment: Deployment) => string[];
}

const deadlineOf = ({ approval }: Deployment): string => (approval ? momentInWords(approval.expiresAt) : 'the end of the wait');

const touched = ({ production, staging }: Deployment): Release | undefined => production ?? staging;

const templates: Record<MessageKind, MessageTemplate> = {
  escalated: {
    subject: 'Autonomous fix needs a person',
    lines: (deployment) => [
      `Why: ${deployment.outcomeReason}`,
      whereItStands(deployment),
      'Fix the issue by hand, or submit it again after you removed the reason.',
    ],
  },
  'staging-failed': {
    subject: 'Autonomous fix failed staging deployment - requires review',
    lines: (deployment) => [`Failure: ${deployment.outcomeReason}`, whereItStands(deployment)],
  },
  deployed: {
    subject: 'Autonomous fix deployed successfully to production',
    lines: (deployment) => [
      `Time: ${roughDuration((Date.parse(endOf(deployment)) - Date.parse(deployment.createdAt)) / 1000)} from issue to verified`,
      `Status: Stable for ${roughDuration(deployment.policy.production.verifySeconds)}`,
    ],
  },
  'rolled-back': {
    subject: 'Autonomous deployment failed and rolled back',
    lines: ({ outcomeReason }) => [`Failure: ${outcomeReason}`, 'Rollback: Successful', 'Action required: Manual review'],
  },
  cancelled: {
    subject: 'Autonomous deployment cancelled',
    lines: (deployment) => [`Why: ${deployment.outcomeReason}`, whereItStands(deployment)],
  },
  released: {
    subject: 'Autonomous fix is being released to production',
    lines: (deployment) => [
      ...checkLines(deployment),
      'No approval was needed: the confidence is high and no gate asks for a person.',
      'Sluice watches each step, and rolls back automatically if the fix turns bad.',
      `To stop it at any time: use your own link, or run sluice rollback ${deployment.id} --reason TEXT`,
    ],
  },
  restored: {
    subject: 'Rollback successful',
    lines: (deployment) => [
      `Environment: ${touched(deployment)?.environment}`,
      `Reason: ${touched(deployment)?.rollback?.reason}`,
      'Status: System restored to previous version',
    ],
  },
  critical: {
    subject: 'CRITICAL: Rollback failed - immediate attention required',
    lines: (deployment) => {
      const release = touched(deployment);
      return [
        `Environment: ${release?.environment}`,
        `Rollback verification: ${release?.rollback?.verdict ?? 'not finished'} after ${release?.rollback?.attempts ?? 0} attempt(s)`,
        ...(release?.rollback?.checks ?? []).map(({ check, verdict, detail }) => `${check}: ${verdict}: ${detail}`),
        `Now: ${release?.rollback?.servingState ?? 'unknown; check which version serves'}`,
        `The lock stays held. After the right version serves again, run: sluice unlock ${deployment.application} ${release?.environment} --reason TEXT`,
      ];
    },
  },
  stuck: {
    subject: 'Autonomous deployment is held',
    lines: (deployment) => {
      const release = touched(deployment);
      return [
        `Environment: ${release?.environment}`,
        `Why: ${release?.judgement?.reason}`,
        release ? consequenceOfSilence(release, deployment.policy[release.environment].onStuck) : '',
        `To roll it back now, run: sluice rollback ${deployment.id} --reason TEXT`,
      ];
    },
  },
  'approval-requested': {
    subject: 'Approval Required: Autonomous Fix Deployment',
    lines: (deployment) => [
      ...checkLines(deployment),
      `If no approver answers by ${deadlineOf(deployment)}, the deployment will be cancelled.`,
    ],
  },
  'cancel-window': {
    subject: 'Autonomous fix will be deployed',
    lines: (deployment) => [...checkLines(deployment), `It goes to production on ${deadlineOf(deployment)}, unless a person cancels it.`],
  },
};

function consequenceOfSilence({ judgement }: Release, onStuck: EnvironmentPolicy['onStuck']): string {
  if (judgement?.heldBy) return 'The release continues automatically when these are back under their limits. They never cause a rollback.';
  if (onStuck === 'hold') return 'The release continues automatically when there is enough evidence. It waits as long as an execution can.';
  return 'The release continues automatically when there is enough evidence. After the same time without it, Sluice rolls back.';
}

const roughDuration = (seconds: number) => (seconds < 120 ? `${Math.round(seconds)} seconds` : `${Math.round(seconds / 60)} minutes`);

/** Says what runs now, after a deployment that did not stay in production. */
function whereItStands({ staging }: Deployment): string {
  if (staging?.result === 'Succeeded') return 'Production was not changed. Staging runs the fix until the next release to it.';
  return staging?.result === 'RolledBack' ? 'Staging was rolled back. Production was not changed.' : 'Nothing was deployed.';
}

function checkLines({ decision, fix, staging }: Deployment): string[] {
  return [
    `Confidence: ${decision?.scoreHundredths}%`,
    `Files Changed: ${fix?.files.length ?? 0}`,
    ...(decision?.gates ?? []).map(({ because }) => `Needs a person because: ${because}`),
    '',
    'Staging Results:',
    ...(fix?.checks ?? []).map(({ check, verdict }) => `- ${check}: ${verdict}`),
    ...(staging?.checks ?? []).map(({ check, verdict }) => `- ${check}: ${verdict}`),
  ];
}

const linkWords: Record<string, string> = {
  approve: 'Approve',
  reject: 'Reject',
  cancel: 'Cancel',
  proceed: 'Proceed now',
  rollback: 'Roll back',
  view: 'View Details',
};

export interface MessageButton {
  readonly action: string;
  readonly label: string;
  readonly url: string;
}

const LONGEST_LINE = 1000;

/** Makes a foreign text one line without links and invisible characters, so it cannot imitate our lines or links. */
const oneLine = (text: string) =>
  spellUnseen(text.replace(/\s+/g, ' ').trim()).replaceAll('://', '[://]').slice(0, LONGEST_LINE).toWellFormed();

/**
 * A message before a channel formats it.
 * Facts and lines may hold a customer's text, each on one line; each channel escapes it in its own way.
 */
export interface Message {
  readonly kind: MessageKind;
  readonly subject: string;
  readonly facts: readonly (readonly [label: string, value: string])[];
  readonly lines: readonly string[];
  readonly buttons: readonly MessageButton[];
  readonly text: string;
}

/** Writes the message of one kind, with the content that R-ASK-2 and R-TELL-1 to R-TELL-3 ask for. */
export function messageFor(kind: MessageKind, deployment: Deployment, { links }: MessageExtras): Message {
  const { subject, lines } = templates[kind];
  const { issue, id, application } = deployment;
  const facts = [
    ['Issue', oneLine(issue.title)] as const,
    ['Severity', issue.severity] as const,
    ['Application', application] as const,
    ['Deployment', id] as const,
  ];
  const buttons = Object.entries(links).flatMap(([action, url]) => (url ? [{ action, label: linkWords[action] ?? action, url }] : []));
  const shownLines = lines(deployment).map(oneLine);
  const text = [
    ...facts.map(([label, value]) => `${label}: ${value}`),
    ...shownLines,
    '',
    ...buttons.map(({ label, url }) => `[${label}] ${url}`),
  ];
  return { kind, subject: `${subject} (${application})`, facts, lines: shownLines, buttons, text: text.join('\n').trimEnd() };
}
