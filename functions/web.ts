import { randomBytes } from 'node:crypto';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import * as z from 'zod';
import { settle } from '#domain/approval';
import { digestFragment, type Link, parseLink } from '#domain/approval-link';
import type { Approval, Deployment } from '#domain/deployment';
import { approvalPage, notFoundPage, outcomePage } from '#pages/approval-page';
import { lambda } from '#support/handler';
import { isAuthentic, isOurNonce, signNonce } from '#support/links';
import { pageHeaders } from '#support/page-headers';
import { artifacts, deployments, now, records, waker } from '#support/services';

const FORM_LIVES_MS = 60 * 60_000;

const httpEvent = z.looseObject({
  rawPath: z.string(),
  rawQueryString: z.string(),
  body: z.string().optional(),
  isBase64Encoded: z.boolean().optional(),
  requestContext: z.looseObject({ http: z.looseObject({ method: z.string() }) }),
}) as unknown as z.ZodType<APIGatewayProxyEventV2>;

interface Question {
  readonly link: Link;
  readonly deployment: Deployment;
  readonly approval: Approval;
}

export const handler = lambda(httpEvent, async (event): Promise<APIGatewayProxyStructuredResultV2> => {
  const question = await authenticQuestion(event);
  if (!question) return answer(404, notFoundPage());
  const { deployment, approval } = question;
  const late = approval.status === 'PENDING' && now().toISOString() >= approval.expiresAt;
  if (approval.status !== 'PENDING' || late)
    return answer(
      200,
      outcomePage(deployment, approval, late ? 'The time to answer is over; this click decided nothing.' : undefined, {
        now: now().toISOString(),
      }),
    );
  return event.requestContext.http.method === 'POST' ? decide(question, formOf(event)) : ask(question);
});

async function authenticQuestion(event: APIGatewayProxyEventV2): Promise<Question | undefined> {
  const link = parseLink(event.rawPath, new URLSearchParams(event.rawQueryString));
  const held = link && (await records().findToken(link.approvalId));
  if (!link || !held) return undefined;
  const deployment = await deployments().read(held.deploymentId);
  const { approval } = deployment;
  if (approval?.approvalId !== link.approvalId || !approval.approvers.includes(link.approver)) return undefined;
  return (await isAuthentic(link, deployment, approval)) ? { link, deployment, approval } : undefined;
}

async function ask({ link, deployment, approval }: Question, error?: string): Promise<APIGatewayProxyStructuredResultV2> {
  const nonce = randomBytes(16).toString('base64url');
  const renderedAt = now().toISOString();
  const proof = await signNonce(link, renderedAt, nonce);
  const trail = await deployments().trail(deployment.id);
  const diff = (await artifacts().readText(`deployments/${deployment.id}/diff.patch`)) ?? '';
  return answer(error ? 400 : 200, approvalPage(deployment, approval, link, diff, { nonce, renderedAt, proof, error }, { trail }));
}

async function decide(question: Question, form: URLSearchParams): Promise<APIGatewayProxyStructuredResultV2> {
  const { link, deployment, approval } = question;
  const field = (name: string) => form.get(name) ?? '';
  const fresh = now().getTime() - Date.parse(field('rendered')) < FORM_LIVES_MS;
  const ours = fresh && (await isOurNonce(link, field('rendered'), field('nonce'), field('proof')));
  if (!ours || link.action === 'view') return ask(question, 'This form is out of date. Nothing was decided; please answer again.');
  if (field('fragment').trim().toLowerCase() !== digestFragment(approval.digest)) {
    return ask(question, 'The six characters do not match the artefact. Nothing was decided; please type them again.');
  }
  const recorded = await settleByClick(link, deployment, field('nonce'));
  if (recorded.approval && recorded.approval.status !== 'PENDING') await wake(recorded.approval);
  return answer(200, outcomePage(recorded, recorded.approval ?? approval, undefined, { now: now().toISOString() }));
}

function settleByClick(link: Link, deployment: Deployment, nonce: string): Promise<Deployment> {
  const occasion = { place: `click/${link.approvalId}/${nonce}`, actor: link.approver };
  return deployments().record(deployment.id, occasion, (current) => {
    if (!current.approval || link.action === 'view') return undefined;
    const settled = settle(current.approval, { action: link.action, by: link.approver, at: now().toISOString() });
    const { approvalId } = link;
    if ('refused' in settled)
      return {
        event: { type: 'AnswerRefused', approvalId, action: link.action, by: link.approver, because: settled.refused },
        next: current,
      };
    return {
      event: { type: 'ApprovalSettled', approvalId, status: settled.next.status, by: link.approver },
      next: { ...current, approval: settled.next },
    };
  });
}

async function wake({ approvalId }: Approval): Promise<void> {
  const held = await records().findToken(approvalId);
  if (held) await waker().wake(held.taskToken, { woken: true });
}

const formOf = (event: APIGatewayProxyEventV2) =>
  new URLSearchParams(event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64').toString('utf8') : (event.body ?? ''));

function answer(statusCode: number, body: string): APIGatewayProxyStructuredResultV2 {
  return { statusCode, body, headers: { ...pageHeaders } };
}
