import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type ApprovalAction, type ApprovalAttempt, counts, quorumOf, settle } from '#domain/approval';
import type { Link } from '#domain/approval-link';
import type { AuditEvent } from '#domain/audit-event';
import type { Approval, Assurance, Deployment } from '#domain/deployment';
import { stopRefused } from '#domain/stop-request';
import { approvalPage, outcomePage } from '#pages/approval-page';
import { arrivedAt } from './arrived-at.ts';
import type { HttpRequest } from './http-request.ts';
import { formOf, freshForm, MISTYPED, mistakes, stateOf } from './link-form.ts';
import { signPath } from './links.ts';
import type { OpenedLink } from './open-link.ts';
import { answer } from './page-answer.ts';
import { refusedEvent } from './refused-event.ts';
import { artifacts, deployments } from './services.ts';
import { settledBy } from './settle-question.ts';
import { wakeQuestion } from './wake-question.ts';

interface Question extends OpenedLink {
  readonly approval: Approval;
  readonly assurance: Assurance;
  /** When it was looked at or answered. */
  readonly at: string;
}

type Answered = 'answered' | 'mistyped';

/** Shows a question or takes its answer; what the page says afterwards is read from the record. */
export async function answerQuestion(event: HttpRequest, opened: Omit<Question, 'at'>): Promise<APIGatewayProxyStructuredResultV2> {
  const question = { ...opened, at: arrivedAt(event) };
  const { link, approval } = question;
  const posted = event.requestContext.http.method === 'POST' && link.action !== 'view';
  const state = posted ? await stateOf(formOf(event), link, approval.digest) : undefined;
  if (state === 'answered' || state === 'mistyped') return decide(question, formOf(event).get('nonce') ?? '', state);
  if (isOpen(question)) return ask(question, state && mistakes[state]);
  return outcome(question, isLate(question) ? tooLate : undefined);
}

const tooLate = 'The time to answer is over; this click decided nothing.';
const isLate = ({ approval, at }: Question) => Date.parse(at) >= Date.parse(approval.expiresAt);
const isOpen = (question: Question) => question.approval.status === 'PENDING' && !isLate(question);

async function ask({ link, deployment, approval }: Question, error?: string): Promise<APIGatewayProxyStructuredResultV2> {
  const form = await freshForm(link, error);
  const trail = await deployments().trail(deployment.id);
  const diff = (await artifacts().readText(`deployments/${deployment.id}/diff.patch`)) ?? '';
  return answer(error ? 400 : 200, approvalPage(deployment, approval, link, diff, form, { trail }));
}

/** Writes an answer down and says what its own row says of it, as often as it is sent; a typo does not use a form up. */
async function decide(question: Question, nonce: string, state: Answered): Promise<APIGatewayProxyStructuredResultV2> {
  const { link, deployment, assurance, at } = question;
  const attempt = { action: link.action as ApprovalAction, by: link.approver, at, assurance };
  const place = `click/${link.subject}/${nonce}${state === 'mistyped' ? '/mistyped' : ''}`;
  const recorded = await deployments().record(deployment.id, { place, actor: link.approver }, (current) => {
    const because = state === 'mistyped' ? MISTYPED : refusalOf(current, attempt);
    return because ? { event: refusedEvent(link, { by: link.approver, because, assurance }), next: current } : settledBy(current, attempt);
  });
  await wakeQuestion(recorded);
  const written = await deployments().rowAt(deployment.id, place);
  const latest = { ...question, deployment: recorded, approval: recorded.approval as Approval };
  if (state === 'mistyped' && isOpen(latest)) return ask(latest, mistakes.mistyped);
  const counted = written !== undefined && counts(written.event, latest.approval);
  return outcome(latest, counted ? undefined : whyNot(latest.approval, written?.event), counted);
}

function refusalOf({ approval }: Deployment, attempt: ApprovalAttempt): string | undefined {
  const settled = settle(approval as Approval, attempt);
  return 'refused' in settled ? settled.refused : undefined;
}

function whyNot(approval: Approval, written: AuditEvent | undefined): string {
  if (written?.type === 'VoteCast') return `Your yes was one of the ${quorumOf(approval)} that were needed; the question ended otherwise.`;
  const because = written?.type === 'AnswerRefused' ? written.because : 'it was answered otherwise';
  return `This click decided nothing: ${because}.`;
}

async function outcome(question: Question, note?: string, counted = false): Promise<APIGatewayProxyStructuredResultV2> {
  const { link, deployment, approval, at } = question;
  const offers = link.action === 'view' || isLate(question) ? [] : await stopsStillPossible(deployment, link);
  return answer(200, outcomePage(deployment, approval, note, { now: at, counted, offers }));
}

/** What is under way can be stopped by whoever was asked about it, as long as their own link lives. */
async function stopsStillPossible(deployment: Deployment, { approver }: Link) {
  const { approval, status } = deployment;
  const action = status === 'Verifying' ? 'rollback' : 'cancel';
  if (!['APPROVED', 'PROCEEDING'].includes(approval?.status ?? '') || stopRefused(deployment, action)) return [];
  return [{ action, path: await signPath(deployment, approval, approver, action) }];
}
