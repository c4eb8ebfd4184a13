import { type Approval, type Deployment, hasEnded, type StopRequest } from '#deployment/deployment';
import { enterStage } from '#deployment/stages';
import { settle } from './approval.ts';

/**
 * Writes a cancel or rollback into the record.
 * The same write closes an open question, so no later click is reported as counted.
 */
export function withStop(current: Deployment, stopRequest: StopRequest): Deployment {
  const next = { ...enterStage(current, current.status, stopRequest.at), stopRequest };
  const approval = current.approval && answeredBy(current.approval, stopRequest);
  return approval ? { ...next, approval } : next;
}

function answeredBy(approval: Approval, { kind, by, at, reason }: StopRequest): Approval | undefined {
  const settled = settle(approval, { action: kind === 'cancel' ? 'cancel' : 'revoke', by, at, reason });
  return 'next' in settled ? settled.next : undefined;
}

/** How long cancel works, as the CLI and the README say it. After that a person asks for a rollback. */
export const CANCEL_WORKS = 'until its verification begins';

/** Says why this kind of stop is no longer possible, and what to do instead. */
export function stopRefused(current: Deployment, kind: StopRequest['kind']): string | undefined {
  if (current.stopRequest)
    return `${current.stopRequest.kind} was already asked for by ${current.stopRequest.by} at ${current.stopRequest.at}`;
  if (hasEnded(current)) return `the deployment already ended: ${current.status}; submit a new issue to change what serves`;
  const over = current.production?.result;
  if (over) return `its release to production is over already: ${over}; submit a new issue to change what serves`;
  if (kind === 'cancel' && current.status === 'Verifying') return `cancel works ${CANCEL_WORKS}; ask for a rollback instead`;
  return undefined;
}
