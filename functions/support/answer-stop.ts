import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { StopLink } from '#domain/approval-link';
import type { Assurance, Deployment } from '#domain/deployment';
import { stopRefused } from '#domain/stop-request';
import { outcomePage, stopOutcomePage, stopPage } from '#pages/approval-page';
import { arrivedAt } from './arrived-at.ts';
import type { HttpRequest } from './http-request.ts';
import { formOf, freshForm, MISTYPED, mistakes, stateOf } from './link-form.ts';
import { signPath } from './links.ts';
import { answer } from './page-answer.ts';
import { refusedEvent } from './refused-event.ts';
import { requestStop } from './request-stop.ts';
import { deployments } from './services.ts';

interface Stop {
  readonly link: StopLink;
  readonly deployment: Deployment;
  readonly assurance: Assurance;
  /** When it was looked at or asked for. */
  readonly at: string;
}

/** Shows what would be stopped, or stops it exactly as the CLI does; past the point of no return it says so and offers a rollback. */
export async function answerStop(event: HttpRequest, opened: Omit<Stop, 'at'>): Promise<APIGatewayProxyStructuredResultV2> {
  const asked = { ...opened, at: arrivedAt(event) };
  const { link, deployment } = asked;
  const posted = event.requestContext.http.method === 'POST';
  const state = posted ? await stateOf(formOf(event), link, deployment.fix?.digest ?? '') : undefined;
  if (state === 'answered' || state === 'mistyped') return take(asked, formOf(event).get('nonce') ?? '', state);
  return show(asked, state && mistakes[state]);
}

const endedBecause = ({ link, at }: Stop) =>
  Date.parse(at) >= Date.parse(link.expires) ? `this link ended at ${link.expires}` : undefined;

async function show(asked: Stop, error?: string): Promise<APIGatewayProxyStructuredResultV2> {
  const { link, deployment } = asked;
  const refused = endedBecause(asked) ?? stopRefused(deployment, link.action);
  if (refused) return outcome(asked, deployment.stopRequest?.kind === link.action ? undefined : refused);
  return answer(error ? 400 : 200, stopPage(deployment, link, await freshForm(link, error)));
}

/** Asks for the stop, or writes down why not; what is said afterwards is what the form's own row says, as often as it is sent. */
async function take(asked: Stop, nonce: string, state: 'answered' | 'mistyped'): Promise<APIGatewayProxyStructuredResultV2> {
  const { link, deployment, assurance } = asked;
  const place = `stop/${link.action}/${nonce}${state === 'mistyped' ? '/mistyped' : ''}`;
  const request = { kind: link.action, by: link.approver, reason: 'by the link in a message', assurance };
  const refused = state === 'mistyped' ? MISTYPED : (endedBecause(asked) ?? (await refusalOf(requestStop(deployment.id, request, place))));
  const recorded = await deployments().record(deployment.id, { place, actor: link.approver }, (current) => {
    const because = refused ?? stopRefused(current, link.action);
    return because ? { event: refusedEvent(link, { by: link.approver, because, assurance }), next: current } : undefined;
  });
  const latest = { ...asked, deployment: recorded };
  if (state === 'mistyped') return show(latest, mistakes.mistyped);
  const written = await deployments().rowAt(deployment.id, place);
  return written?.event.type === 'StopRefused' ? outcome(latest, written.event.because) : stopped(latest);
}

const refusalOf = async (answered: ReturnType<typeof requestStop>) => {
  const stop = await answered;
  return stop.accepted ? undefined : stop.because;
};

function stopped(asked: Stop): Promise<APIGatewayProxyStructuredResultV2> | APIGatewayProxyStructuredResultV2 {
  const { deployment, at } = asked;
  const { approval, stopRequest } = deployment;
  if (approval?.status === 'CANCELLED' && approval.decidedAt === stopRequest?.at)
    return answer(200, outcomePage(deployment, approval, undefined, { now: at, counted: true }));
  return outcome(asked);
}

async function outcome(asked: Stop, refused?: string): Promise<APIGatewayProxyStructuredResultV2> {
  const { link, deployment, at } = asked;
  const mayRollBack = link.action === 'cancel' && refused !== undefined && !endedBecause(asked) && !stopRefused(deployment, 'rollback');
  const offers = mayRollBack
    ? [{ action: 'rollback', path: await signPath(deployment, deployment.approval, link.approver, 'rollback') }]
    : [];
  return answer(200, stopOutcomePage(deployment, link, refused, at, offers));
}
