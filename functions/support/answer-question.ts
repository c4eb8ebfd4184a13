import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type ApprovalAction, type ApprovalAttempt, hasAnswered, settle } from '#domain/approval';
import type { Link } from '#domain/approval-link';
import type { Approval, Assurance, Deployment } from '#domain/deployment';
import { stopRefused } from '#domain/stop-request';
import { approvalPage, outcomePage } from '#pages/approval-page';
import type { Change } from '#ports/deployments';
import { formOf, freshForm, mistakes, stateOf } from './link-form.ts';
import { signPath } from './links.ts';
import type { OpenedLink } from './open-link.ts';
import { answer } from './page-answer.ts';
import { artifacts, deployments, now } from './services.ts';
import { settledBy } from './settle-question.ts';
import { wakeQuestion } from './wake-question.ts';

interface Question extends OpenedLink {
  readonly approval: Approval;
  readonly assurance: Assurance;
}

/** Shows a question or takes its answer; what the page says afterwards is read from the record. */
export async function answerQuestion(event: APIGatewayProxyEventV2, question: Question): Promise<APIGatewayProxyStructuredResultV2> {
  const { link, approval } = question;
  const posted = event.requestContext.http.method === 'POST' && link.action !== 'view';
  const state = posted ? await stateOf(formOf(event), link, approval.digest) : undefined;
  if (state === 'answered' || state === 'mistyped') return decide(question, formOf(event).get('nonce') ?? '', state);
  const late = Date.parse(now().toISOString()) >= Date.parse(approval.expiresAt);
  if (approval.status !== 'PENDING' || late) return outcome(question.deployment, link, late ? tooLate : undefined);
  return ask(question, state && mistakes[state]);
}

const SENT_BEFORE = 'this form was sent before';
const tooLate = 'The time to answer is over; this click decided nothing.';

async function ask({ link, deployment, approval }: Question, error?: string): Promise<APIGatewayProxyStructuredResultV2> {
  const form = await freshForm(link, error);
  const trail = await deployments().trail(deployment.id);
  const diff = (await artifacts().readText(`deployments/${deployment.id}/diff.patch`)) ?? '';
  return answer(error ? 400 : 200, approvalPage(deployment, approval, link, diff, form, { trail }));
}

async function decide({ link, deployment, assurance }: Question, nonce: string, state: 'answered' | 'mistyped') {
  const attempt = { action: link.action as ApprovalAction, by: link.approver, at: now().toISOString(), assurance };
  // What a form that was sent before is told, unless its answer is on the record.
  let refused: string | undefined = SENT_BEFORE;
  const recorded = await deployments().record(deployment.id, occasionOf(link, nonce, state), (current) => {
    refused = state === 'mistyped' ? mistakes.mistyped : refusalOf(current, attempt);
    return refused ? refusedRow(current, attempt, refused) : settledBy(current, attempt);
  });
  await wakeQuestion(recorded);
  const approval = recorded.approval as Approval;
  if (state === 'mistyped' && approval.status === 'PENDING')
    return ask({ link, deployment: recorded, approval, assurance }, mistakes.mistyped);
  if (refused === SENT_BEFORE && hasAnswered(approval, attempt)) refused = undefined;
  return outcome(recorded, link, refused && `${refused.charAt(0).toUpperCase()}${refused.slice(1)}. This click decided nothing.`, !refused);
}

/** A typo does not use a form up. */
const occasionOf = ({ subject, approver }: Link, nonce: string, state: 'answered' | 'mistyped') => ({
  place: `click/${subject}/${nonce}${state === 'mistyped' ? '/mistyped' : ''}`,
  actor: approver,
});

function refusedRow(current: Deployment, { action, by, assurance }: ApprovalAttempt, because: string): Change {
  const { approvalId } = current.approval as Approval;
  return { event: { type: 'AnswerRefused', approvalId, action, by, because, assurance }, next: current };
}

function refusalOf({ approval }: Deployment, attempt: ApprovalAttempt): string | undefined {
  const settled = settle(approval as Approval, attempt);
  return 'refused' in settled ? settled.refused : undefined;
}

async function outcome(deployment: Deployment, link: Link, note?: string, counted = false): Promise<APIGatewayProxyStructuredResultV2> {
  const approval = deployment.approval as Approval;
  const offers = link.action === 'view' ? [] : await stopsStillPossible(deployment, link.approver);
  return answer(200, outcomePage(deployment, approval, note, { now: now().toISOString(), counted, offers }));
}

/** What is under way can be stopped by whoever was asked about it. */
async function stopsStillPossible(deployment: Deployment, approver: string) {
  const { approval, status } = deployment;
  const action = status === 'Verifying' ? 'rollback' : 'cancel';
  if (!['APPROVED', 'PROCEEDING'].includes(approval?.status ?? '') || stopRefused(deployment, action)) return [];
  return [{ action, path: await signPath(deployment, approval, approver, action) }];
}
