import { type ApprovalAction, type ApprovalAttempt, counts, quorumOf, settle } from '#approval/approval';
import { settledBy } from '#approval/settle-question.flow';
import { stopRefused } from '#approval/stop-request';
import { type WakePorts, wakeQuestion } from '#approval/wake-question.flow';
import type { AuditEvent } from '#deployment/audit-event';
import type { Approval, Assurance, Deployment } from '#deployment/deployment';
import type { Deployments } from '#deployment/deployments.port';
import type { Artifacts } from '#fix/artifacts.port';
import { approvalPage } from '#web/pages/approval-page';
import { outcomePage } from '#web/pages/outcome-page';
import type { Link } from './approval-link.ts';
import { arrivedAt } from './arrived-at.ts';
import type { HttpReply, HttpRequest } from './http-request.ts';
import { formOf, freshForm, MISTYPED, mistakes, stateOf } from './link-form.flow.ts';
import { type LinkPorts, signPath } from './links.flow.ts';
import type { OpenedLink } from './open-link.flow.ts';
import { reply } from './page-reply.ts';
import { refusedEvent } from './refused-event.ts';

export interface QuestionPagePorts extends LinkPorts, WakePorts {
  readonly artifacts: Artifacts;
  readonly deployments: Deployments;
}

interface OpenedQuestion extends OpenedLink {
  readonly approval: Approval;
  readonly assurance: Assurance;
  /** When the request arrived. */
  readonly at: string;
}

type PostedState = 'answered' | 'mistyped';

/** Shows a question or takes an answer. After an answer the page shows the record. */
export async function serveQuestionPage(
  ports: QuestionPagePorts,
  event: HttpRequest,
  opened: Omit<OpenedQuestion, 'at'>,
): Promise<HttpReply> {
  const question = { ...opened, at: arrivedAt(event, ports.now()) };
  const { link, approval } = question;
  const posted = event.requestContext.http.method === 'POST' && link.action !== 'view';
  const state = posted ? await stateOf(ports, formOf(event), link, approval.digest) : undefined;
  if (state === 'answered' || state === 'mistyped') return decide(ports, question, formOf(event).get('nonce') ?? '', state);
  if (isOpen(question)) return ask(ports, question, state && mistakes[state]);
  return outcome(ports, question, isLate(question) ? tooLate : undefined);
}

const tooLate = 'The time to answer is over. This click decided nothing.';
const isLate = ({ approval, at }: OpenedQuestion) => Date.parse(at) >= Date.parse(approval.expiresAt);
const isOpen = (question: OpenedQuestion) => question.approval.status === 'PENDING' && !isLate(question);

async function ask(ports: QuestionPagePorts, { link, deployment, approval }: OpenedQuestion, error?: string): Promise<HttpReply> {
  const form = await freshForm(ports, link, error);
  const trail = await ports.deployments.trail(deployment.id);
  const diff = (await ports.artifacts.readText(`deployments/${deployment.id}/diff.patch`)) ?? '';
  return reply(error ? 400 : 200, approvalPage({ deployment, approval, link, diff, form, trail }));
}

/** Records an answer and shows its own row, also if the form is sent again. A form with a typo can be sent again. */
async function decide(ports: QuestionPagePorts, question: OpenedQuestion, nonce: string, state: PostedState): Promise<HttpReply> {
  const { link, deployment, assurance, at } = question;
  const attempt = { action: link.action as ApprovalAction, by: link.approver, at, assurance };
  const entryKey = `click/${link.subject}/${nonce}${state === 'mistyped' ? '/mistyped' : ''}`;
  const recorded = await ports.deployments.record(deployment.id, { entryKey, actor: link.approver }, (current) => {
    const because = state === 'mistyped' ? MISTYPED : whyAnswerRefused(current, attempt);
    return because ? { event: refusedEvent(link, { by: link.approver, because, assurance }), next: current } : settledBy(current, attempt);
  });
  await wakeQuestion(ports, recorded);
  const written = await ports.deployments.rowAt(deployment.id, entryKey);
  const latest = { ...question, deployment: recorded, approval: recorded.approval as Approval };
  if (state === 'mistyped' && isOpen(latest)) return ask(ports, latest, mistakes.mistyped);
  const counted = written !== undefined && counts(written.event, latest.approval);
  return outcome(ports, latest, counted ? undefined : whyNot(latest.approval, written?.event), counted);
}

function whyAnswerRefused({ approval }: Deployment, attempt: ApprovalAttempt): string | undefined {
  const settled = settle(approval as Approval, attempt);
  return 'refused' in settled ? settled.refused : undefined;
}

function whyNot(approval: Approval, written: AuditEvent | undefined): string {
  if (written?.type === 'VoteCast')
    return `Your yes was recorded, but the question needed ${quorumOf(approval)}. It ended before the others said yes.`;
  const because = written?.type === 'AnswerRefused' ? written.because : 'the question has another answer';
  return `This click decided nothing: ${because}.`;
}

async function outcome(ports: QuestionPagePorts, question: OpenedQuestion, note?: string, counted = false): Promise<HttpReply> {
  const { link, deployment, approval, at } = question;
  const offers = link.action === 'view' || isLate(question) ? [] : await stopsStillPossible(ports, deployment, link);
  return reply(200, outcomePage(deployment, approval, note, { now: at, counted, offers }));
}

/** Offers an approver to stop the release that follows their question, as long as their own link lives. */
async function stopsStillPossible(ports: QuestionPagePorts, deployment: Deployment, { approver }: Link) {
  const { approval, status } = deployment;
  const action = status === 'Verifying' ? 'rollback' : 'cancel';
  if (!['APPROVED', 'PROCEEDING'].includes(approval?.status ?? '') || stopRefused(deployment, action)) return [];
  return [{ action, path: await signPath(ports, deployment, approval, approver, action) }];
}
