import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { StopLink } from '#domain/approval-link';
import type { Deployment } from '#domain/deployment';
import { stopRefused } from '#domain/stop-request';
import { outcomePage, stopOutcomePage, stopPage } from '#pages/approval-page';
import { formOf, freshForm, mistakes, stateOf } from './link-form.ts';
import { signPath } from './links.ts';
import { answer } from './page-answer.ts';
import { requestStop } from './request-stop.ts';
import { now } from './services.ts';

/** Shows what would be stopped, or stops it exactly as the CLI does; past the point of no return it says so and offers a rollback. */
export async function answerStop(
  event: APIGatewayProxyEventV2,
  link: StopLink,
  deployment: Deployment,
): Promise<APIGatewayProxyStructuredResultV2> {
  const posted = event.requestContext.http.method === 'POST';
  const state = posted ? await stateOf(formOf(event), link, deployment.fix?.digest ?? '') : undefined;
  const late = now().getTime() >= Date.parse(link.expires);
  if (late) return outcome(deployment, link, `this link ended at ${link.expires}`);
  if (state === 'answered') return stop(link, deployment, formOf(event).get('nonce') ?? '');
  const refused = stopRefused(deployment, link.action);
  if (refused) return outcome(deployment, link, refused);
  const error = state && mistakes[state];
  return answer(error ? 400 : 200, stopPage(deployment, link, await freshForm(link, error)));
}

async function stop(link: StopLink, deployment: Deployment, nonce: string): Promise<APIGatewayProxyStructuredResultV2> {
  const request = { kind: link.action, by: link.approver, reason: 'by the link in a message' };
  const stopped = await requestStop(deployment.id, request, `stop/${link.action}/${nonce}`);
  const { approval, stopRequest } = stopped.deployment;
  if (approval?.status === 'CANCELLED' && approval.decidedAt === stopRequest?.at)
    return answer(200, outcomePage(stopped.deployment, approval, undefined, { now: now().toISOString(), counted: stopped.accepted }));
  return outcome(stopped.deployment, link, stopped.accepted ? undefined : stopped.because);
}

async function outcome(deployment: Deployment, link: StopLink, refused?: string): Promise<APIGatewayProxyStructuredResultV2> {
  const mayRollBack = link.action === 'cancel' && refused !== undefined && !stopRefused(deployment, 'rollback');
  const offers = mayRollBack
    ? [{ action: 'rollback', path: await signPath(deployment, deployment.approval, link.approver, 'rollback') }]
    : [];
  const asked = deployment.stopRequest?.kind === link.action;
  return answer(200, stopOutcomePage(deployment, link, asked ? undefined : refused, now().toISOString(), offers));
}
