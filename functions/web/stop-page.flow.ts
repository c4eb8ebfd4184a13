import { askToStop, type StopPorts } from '#approval/ask-to-stop.flow';
import { stopRefused } from '#approval/stop-request';
import type { Assurance, Deployment } from '#deployment/deployment';
import { outcomePage } from '#web/pages/outcome-page';
import { stopOutcomePage, stopPage } from '#web/pages/stop-page';
import type { StopLink } from './approval-link.ts';
import { arrivedAt } from './arrived-at.ts';
import type { HttpReply, HttpRequest } from './http-request.ts';
import { formOf, freshForm, MISTYPED, mistakes, stateOf } from './link-form.flow.ts';
import { type LinkPorts, signPath } from './links.flow.ts';
import { reply } from './page-reply.ts';
import { refusedEvent } from './refused-event.ts';

export interface StopPagePorts extends LinkPorts, StopPorts {}

interface Stop {
  readonly link: StopLink;
  readonly deployment: Deployment;
  readonly assurance: Assurance;
  /** When the request arrived. */
  readonly at: string;
}

/** Shows what would be stopped, or stops it exactly as the CLI does. If cancel no longer works, offers a rollback. */
export async function serveStopPage(ports: StopPagePorts, event: HttpRequest, opened: Omit<Stop, 'at'>): Promise<HttpReply> {
  const asked = { ...opened, at: arrivedAt(event, ports.now()) };
  const { link, deployment } = asked;
  const posted = event.requestContext.http.method === 'POST';
  const state = posted ? await stateOf(ports, formOf(event), link, deployment.fix?.digest ?? '') : undefined;
  if (state === 'answered' || state === 'mistyped') return take(ports, asked, formOf(event).get('nonce') ?? '', state);
  return show(ports, asked, state && mistakes[state]);
}

const endedBecause = ({ link, at }: Stop) =>
  Date.parse(at) >= Date.parse(link.expires) ? `this link ended at ${link.expires}` : undefined;

async function show(ports: StopPagePorts, asked: Stop, error?: string): Promise<HttpReply> {
  const { link, deployment } = asked;
  const refused = endedBecause(asked) ?? stopRefused(deployment, link.action);
  if (refused) return outcome(ports, asked, deployment.stopRequest?.kind === link.action ? undefined : refused);
  return reply(error ? 400 : 200, stopPage(deployment, link, await freshForm(ports, link, error)));
}

/** Requests the stop, or records why not. The page then shows the form's own row, also if the form is sent again. */
async function take(ports: StopPagePorts, asked: Stop, nonce: string, state: 'answered' | 'mistyped'): Promise<HttpReply> {
  const { link, deployment, assurance } = asked;
  const entryKey = `stop/${link.action}/${nonce}${state === 'mistyped' ? '/mistyped' : ''}`;
  const request = { kind: link.action, by: link.approver, reason: 'by the link in a message', assurance };
  const refused =
    state === 'mistyped' ? MISTYPED : (endedBecause(asked) ?? (await whyStopRefused(askToStop(ports, deployment.id, request, entryKey))));
  const recorded = await ports.deployments.record(deployment.id, { entryKey, actor: link.approver }, (current) => {
    const because = refused ?? stopRefused(current, link.action);
    return because ? { event: refusedEvent(link, { by: link.approver, because, assurance }), next: current } : undefined;
  });
  const latest = { ...asked, deployment: recorded };
  if (state === 'mistyped') return show(ports, latest, mistakes.mistyped);
  const written = await ports.deployments.rowAt(deployment.id, entryKey);
  return written?.event.type === 'StopRefused' ? outcome(ports, latest, written.event.because) : showStopped(ports, latest);
}

const whyStopRefused = async (answered: ReturnType<typeof askToStop>) => {
  const stop = await answered;
  return stop.accepted ? undefined : stop.because;
};

function showStopped(ports: StopPagePorts, asked: Stop): Promise<HttpReply> | HttpReply {
  const { deployment, at } = asked;
  const { approval, stopRequest } = deployment;
  if (approval?.status === 'CANCELLED' && approval.decidedAt === stopRequest?.at)
    return reply(200, outcomePage(deployment, approval, undefined, { now: at, counted: true }));
  return outcome(ports, asked);
}

async function outcome(ports: StopPagePorts, asked: Stop, refused?: string): Promise<HttpReply> {
  const { link, deployment, at } = asked;
  const mayRollBack = link.action === 'cancel' && refused !== undefined && !endedBecause(asked) && !stopRefused(deployment, 'rollback');
  const offers = mayRollBack
    ? [{ action: 'rollback', path: await signPath(ports, deployment, deployment.approval, link.approver, 'rollback') }]
    : [];
  return reply(200, stopOutcomePage({ deployment, link, refused, now: at, offers }));
}
