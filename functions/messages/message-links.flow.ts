import type { Deployment } from '#deployment/deployment';
import { type LinkAction, ROOM } from '#web/approval-link';
import { bindingOf, type LinkPorts, signLink } from '#web/links.flow';
import type { MessageKind } from './message.ts';

type Links = Partial<Record<LinkAction, string>>;

/** The actions that a person's message offers besides `view`. A room gets `view` only. */
const actionsIn: Partial<Record<MessageKind, readonly LinkAction[]>> = {
  'approval-requested': ['approve', 'reject'],
  'cancel-window': ['cancel', 'proceed'],
  released: ['cancel', 'rollback'],
  stuck: ['rollback'],
};
const asks: readonly MessageKind[] = ['approval-requested', 'cancel-window'];

/** Makes the links of one message: a person's own links, or without a person the link of a shared room. */
export async function linksFor(ports: LinkPorts, person: string | undefined, kind: MessageKind, deployment: Deployment): Promise<Links> {
  const question = asks.includes(kind) ? deployment.approval : undefined;
  const mayLook = person !== undefined || !deployment.policy.production.approval.signIn;
  const actions = [...(person === undefined ? [] : (actionsIn[kind] ?? [])), ...(mayLook ? (['view'] as const) : [])];
  const signable = actions.filter((action) => bindingOf({ action, subject: question?.approvalId ?? deployment.id }, deployment));
  const signed = signable.map(async (action) => [action, await signLink(ports, deployment, question, person ?? ROOM, action)] as const);
  return Object.fromEntries(await Promise.all(signed));
}
