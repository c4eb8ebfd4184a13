import type { AuditEvent } from '#deployment/audit-event';
import type { Assurance } from '#deployment/deployment';
import { isStop, type Link } from './approval-link.ts';

interface RefusedClick {
  readonly by: string;
  readonly because: string;
  readonly assurance: Assurance;
}

/** Makes the event of a click that decided nothing. */
export const refusedEvent = (link: Link, refusal: RefusedClick): AuditEvent =>
  isStop(link)
    ? { type: 'StopRefused', kind: link.action, ...refusal }
    : { type: 'AnswerRefused', approvalId: link.subject, action: link.action, ...refusal };
