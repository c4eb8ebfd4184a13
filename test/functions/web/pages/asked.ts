import { createHash } from 'node:crypto';
import type { AuditRow } from '#deployment/audit-event';
import type { Approval } from '#deployment/deployment';
import type { Link } from '#web/approval-link';
import { approvalPage } from '#web/pages/approval-page';
import { at, deploymentWith } from '../../../fixtures/deployment.ts';

export const approval: Approval = {
  approvalId: 'a'.repeat(22),
  kind: 'approve',
  status: 'PENDING',
  approvers: ['lead@acme.example', 'sre@acme.example', 'ana@acme.example'],
  author: 'ana@acme.example',
  digest: createHash('sha256').update('artifact').digest('base64'),
  requestedAt: at(0),
  expiresAt: at(24 * 60),
};
export const link = (action: Link['action'], approver = 'lead@acme.example') => ({ action, approver }) as Link;
export const form = { nonce: 'n', renderedAt: at(60), proof: 'p' };
export const asked = deploymentWith({ status: 'Authorising', approval });

/** The page without its stylesheet, so that a failed test prints a short text. */
export const body = (page: string) => page.slice(page.indexOf('<body>'));

export const shown = (change: { diff?: string; trail?: AuditRow[]; approval?: Approval; action?: Link['action']; title?: string } = {}) => {
  const deployment = { ...asked, issue: { ...asked.issue, title: change.title ?? asked.issue.title } };
  const { diff = '', trail = [], action = 'approve' } = change;
  return body(approvalPage({ deployment, approval: change.approval ?? approval, link: link(action), diff, form, trail }));
};

/** A diff of one file with these changed lines. */
export const section = (diff: string) => `diff --git a/x.ts b/x.ts\n--- a/x.ts\n+++ b/x.ts\n@@ -1 +1 @@\n${diff}`;
