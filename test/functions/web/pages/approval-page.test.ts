import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { gates } from '#decision/gates';
import type { AuditRow } from '#deployment/audit-event';
import type { Approval, Decision, Deployment } from '#deployment/deployment';
import { digestOfDiff } from '#fix/diff-digest';
import { type Link, ROOM } from '#web/approval-link';
import { approvalPage } from '#web/pages/approval-page';
import { notFoundPage, outcomePage } from '#web/pages/outcome-page';
import { whyItAsks } from '#web/pages/reasons';
import { signInPage, wrongPersonPage } from '#web/pages/sign-in-page';
import { stopOutcomePage, stopPage } from '#web/pages/stop-page';
import { at, deploymentWith, fix } from '../../../fixtures/deployment.ts';

const approval: Approval = {
  approvalId: 'a'.repeat(22),
  kind: 'approve',
  status: 'PENDING',
  approvers: ['lead@acme.example', 'sre@acme.example', 'ana@acme.example'],
  author: 'ana@acme.example',
  digest: createHash('sha256').update('artifact').digest('base64'),
  requestedAt: at(0),
  expiresAt: at(24 * 60),
};
const link = (action: Link['action'], approver = 'lead@acme.example') => ({ action, approver }) as Link;
const form = { nonce: 'n', renderedAt: at(60), proof: 'p' };
const asked = deploymentWith({ status: 'Authorising', approval });

/** The page without its stylesheet, so that a failure is readable. */
const body = (page: string) => page.slice(page.indexOf('<body>'));

const shown = (change: { diff?: string; trail?: AuditRow[]; approval?: Approval; action?: Link['action']; title?: string } = {}) => {
  const deployment = { ...asked, issue: { ...asked.issue, title: change.title ?? asked.issue.title } };
  const { diff = '', trail = [], action = 'approve' } = change;
  return body(approvalPage({ deployment, approval: change.approval ?? approval, link: link(action), diff, form, trail }));
};

const polls = (values: readonly (number | null)[]): AuditRow[] =>
  values.map((value, index) => ({
    deploymentId: 'd',
    sequence: index,
    at: at(index),
    actor: 'a',
    previousHash: '',
    hash: '',
    event: {
      type: 'HealthJudged',
      environment: 'staging',
      phase: 'monitor',
      verdict: 'Successful',
      next: 'Watch',
      reason: '',
      readings: [
        {
          metric: 'error-rate',
          verdict: 'Successful',
          value,
          limit: 1,
          margin: null,
          requests: 50,
          onFailed: 'roll-back',
          detail: '',
        },
      ],
    } as AuditRow['event'],
  }));

const section = (diff: string) => `diff --git a/x.ts b/x.ts\n--- a/x.ts\n+++ b/x.ts\n@@ -1 +1 @@\n${diff}`;

describe('the page of a question', () => {
  it('says when it ends, what happens without an answer, and who the link is for', () => {
    const page = shown();

    expect(page).toContain('Approval needed within 23 hours');
    expect(page).toContain('Saturday 1 November 2025, 13:00 UTC');
    expect(page).toContain('Sluice cancels the deployment on <time');
    expect(page).toContain('lead@acme.example. <span class="soft">An answer with this link is recorded under this name.');
  });

  it('marks a maker of the fix, who may not say yes', () => {
    expect(shown()).toMatch(/ana@acme\.example <span class="warn">\(made this fix, so may say no but not yes\)/);
  });

  it('says how many of the quorum said yes', () => {
    const voted = { ...approval, quorum: 2, votes: [{ by: 'sre@acme.example', at: at(30), assurance: 'link' as const }] };

    expect(shown({ approval: voted })).toContain('So far 1 of 2 said yes.');
    expect(shown({ approval: voted })).toMatch(/sre@acme\.example <b class="good">✓ said yes<\/b>/);
    expect(outcomePage(asked, voted, undefined, { counted: true })).toContain('<h1>1 of 2 said yes</h1>');
    expect(outcomePage(asked, voted, undefined, { counted: true })).not.toContain('changes nothing');
  });

  it('escapes foreign text, and spells out invisible characters', () => {
    const page = shown({ title: '<script>alert(1)</script> \u202egnp.exe', diff: section('+if (isAdmin\u2066) {}\u200b\n') });

    expect(page).not.toContain('<script');
    expect(page).toContain('&lt;script&gt;');
    expect(page).toContain('⟨U+202E⟩gnp.exe');
    expect(page).toContain('isAdmin⟨U+2066⟩) {}⟨U+200B⟩');
  });

  it.each(['\u3164', '\u115f', '\u1160', '\uffa0', '\u034f', '\u17b4', '\u{e0100}', '\u{e0041}', '\r', '\u2028'])(
    'shows an invisible character that may be part of a name in code (%j)',
    (character) => {
      const code = character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
      expect(shown({ diff: section(`+const a${character} = 1;\n`) })).toContain(`const a⟨U+${code}⟩ = 1;`);
    },
  );

  it('promises no rollback of a change that cannot be undone, before the answer, after it and on stop pages', () => {
    const forGood = { ...asked, fix: { ...fix, irreversible: ['migrations/irreversible/1.sql'] } };
    const approved = { ...approval, status: 'APPROVED' as const };
    const pages = [
      approvalPage({ deployment: forGood, approval, link: link('approve'), diff: '', form }),
      outcomePage({ ...forGood, approval: approved }, approved),
      ...['cancel', 'rollback'].map((action) => stopPage(forGood, { action, approver: 'lead@acme.example' }, form)),
    ].map(body);

    for (const page of pages) {
      expect(page).toMatch(/Sluice freezes it (?:as it is )?and pages (?:you|people)/);
      expect(page).not.toMatch(/rolls it back|rolled back|returns production to/);
    }
    expect(shown()).toContain('Sluice rolls it back automatically');
  });

  it('has a title in words for every gate', () => {
    for (const { name } of gates) {
      const decision = { gates: [{ gate: name, because: 'x' }], band: 'autonomous', scoreHundredths: 95 } as unknown as Decision;
      expect(whyItAsks(decision).text).not.toContain(`<b>${name}.`);
    }
  });

  it('says that a room link can only view, and who can answer', () => {
    const room = body(approvalPage({ deployment: asked, approval, link: link('view', ROOM), diff: '', form }));

    expect(room).toContain('everyone in the room. <span class="soft">They can only view with it.');
    expect(room).toContain('Each approver answers with the links in their own message.');
    expect(room).not.toContain('is recorded under this name');
  });

  it('names the author of a patch, and no author if Sluice made the fix', () => {
    const bump = { workflow: 'dependency-bump', ecosystem: 'npm', package: 'minimist', toVersion: '1.2.6' } as const;
    const pageOf = (made: Deployment['issue']['fix']) =>
      approvalPage({ deployment: { ...asked, issue: { ...asked.issue, fix: made } }, approval, link: link('view'), diff: '', form });

    expect(pageOf({ workflow: 'ready-patch', patch: '', author: 'ana' })).toContain(
      'Sluice built and tested a patch by ana for this issue.',
    );
    expect(pageOf(bump)).toContain('Sluice made a fix for this issue without a person, and tested it.');
  });

  it('shows the form only by links that answer, and has no script', () => {
    expect(shown()).toContain('<form method="post"');
    expect(shown({ action: 'view' })).not.toContain('<form');
    expect(shown()).not.toMatch(/ style=|<script| on\w+=/);
  });
});

describe('the change', () => {
  it('keeps the signs + and - in the text, so that color is never the only sign', () => {
    const page = shown({ diff: section('-old\n+new\n') });

    expect(page).toContain('<del>-old</del>');
    expect(page).toContain('<ins>+new</ins>');
  });

  it('says how many lines of a long diff are not shown, and where they are', () => {
    const page = shown({ diff: section(Array.from({ length: 1_000 }, (_, line) => `+line ${line}\n`).join('')) });

    expect(page).toContain('(601 of its 1001 lines not shown)');
    expect(page).toContain('601 of 1001 lines are not shown here.');
    expect(page).toContain(`deployments/${asked.id}/diff.patch`);
    expect(page).not.toContain('line 500');
  });

  it('says how much of a long line is not shown', () => {
    expect(shown({ diff: section(`+${'x'.repeat(1_000)}\n`) })).toContain('… 701 more characters');
  });

  it('warns if the diff is not stored', () => {
    expect(shown()).toContain('Do not approve what you cannot see.');
  });

  it('shows the diff only if it did not change after the tests', () => {
    const diff = section('-old\n+new\n');
    const pageOf = (stored: string) =>
      body(
        approvalPage({
          deployment: { ...asked, fix: { ...fix, diffDigest: digestOfDiff(diff) } },
          approval,
          link: link('approve'),
          diff: stored,
          form,
        }),
      );

    expect(pageOf(diff)).toContain('<ins>+new</ins>');
    expect(pageOf(diff.replace('new', 'evil'))).toContain('The stored diff was changed after it was tested');
    expect(pageOf(diff.replace('new', 'evil'))).not.toContain('evil');
    expect(pageOf('')).toContain('The diff is not stored.');
  });

  it('names files that are new, deleted or binary', () => {
    const diff = [
      'diff --git a/new.ts b/new.ts\nnew file mode 100644\n--- /dev/null\n+++ b/new.ts\n@@ -0,0 +1 @@\n+x\n',
      'diff --git a/gone.ts b/gone.ts\ndeleted file mode 100644\n--- a/gone.ts\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n',
      'diff --git a/logo.png b/logo.png\nindex 1..2 100644\nBinary files a/logo.png and b/logo.png differ\n',
    ].join('');
    const page = shown({ diff });

    for (const name of ['new.ts (new)', 'gone.ts (deleted)', 'logo.png', 'Binary files a/logo.png']) expect(page).toContain(name);
  });
});

describe('the charts of staging', () => {
  it('breaks the line at a poll without data, and shows the readings in words and in a table', () => {
    const page = shown({ trail: polls([0.2, null, 0.4, 0.6]) });

    expect(page.match(/<path class="candidate" d="M[^"]*M[^"]*L[^"]*"/)).not.toBeNull();
    expect(page).toContain('4 polls. This fix: between 0.2 % and 0.6 %, last 0.6 %. The limit is 1 %. 1 of them had no data.');
    expect(page).toMatch(/<td class="number">no data<\/td>/);
    expect(page).toContain('role="img"');
  });

  it('shows the old version if it was measured', () => {
    const before = {
      ...asked,
      staging: { ...asked.staging, history: { n: 1_000, errors: 5 }, historyP95Ms: 120 },
    } as unknown as typeof asked;

    const page = approvalPage({ deployment: before, approval, link: link('view'), diff: '', form, trail: polls([0.2, 0.4]) });

    expect(page).toContain('<path class="baseline"');
    expect(page).toContain('The old version: between 0.5 % and 0.5 %');
    expect(page).toContain('Failed before');
  });

  it('says that there are no readings', () => {
    expect(shown()).toContain('No readings from staging are on record.');
  });
});

describe('the page after a click', () => {
  const settled = (status: Approval['status']): Approval => ({ ...approval, status, decidedBy: 'sre@acme.example', decidedAt: at(90) });

  it.each([
    ['APPROVED', 'Approved'],
    ['REJECTED', 'Rejected'],
    ['CANCELLED', 'Cancelled'],
    ['EXPIRED', 'Expired without an answer'],
    ['SUPERSEDED', 'Superseded by a newer question'],
    ['REVOKED', 'Revoked'],
    ['PROCEEDING', 'Proceeding'],
  ] as const)('shows for the status %s the decision, the person and the time', (status, heading) => {
    const page = body(outcomePage({ ...asked, approval: settled(status) }, settled(status), undefined, { now: at(92) }));

    expect(page).toContain(`<h1>${heading}</h1>`);
    expect(page).toContain('sre@acme.example');
    expect(page).toContain('Friday 31 October 2025, 14:30:00 UTC</time> <span class="soft">(2 minutes ago)');
    expect(page).not.toContain('<form');
  });

  it('says after a late click what happens instead', () => {
    const page = outcomePage(asked, approval, 'The time to answer is over. This click decided nothing.', { now: at(24 * 60 + 1) });

    expect(page).toContain('<h1>Too late to answer</h1>');
    expect(page).toContain('Without an answer in time, Sluice cancels the deployment');
  });

  it('says if a stop was accepted, or why not', () => {
    const stopRequest = { kind: 'cancel', by: 'lead@acme.example', at: at(1), reason: 'too risky' } as const;

    expect(stopPage(asked, { action: 'cancel', approver: 'lead@acme.example' }, form)).toContain('<form method="post" class="refuse"');
    expect(stopOutcomePage({ deployment: { ...asked, stopRequest }, link: { action: 'cancel' }, now: at(2) })).toContain(
      '<h1>Cancel requested</h1>',
    );
    expect(
      stopOutcomePage({ deployment: asked, link: { action: 'cancel' }, refused: 'cancel works until its verification begins' }),
    ).toContain('<h1>Cancel not possible</h1>');
  });

  it('says that the time decided only for an expired or proceeding question', () => {
    const bySluice = (status: Approval['status']) => outcomePage(asked, { ...settled(status), decidedBy: 'sluice' });

    expect(bySluice('EXPIRED')).toContain('Sluice, when the time was over');
    expect(bySluice('PROCEEDING')).toContain('Sluice, when the time was over');
    expect(bySluice('REVOKED')).toContain('<dd>Sluice</dd>');
  });

  it('counts the yes of an expired question instead of saying that it had no answer', () => {
    const vote = { by: 'lead@acme.example', at: at(1), assurance: 'link' } as const;
    const page = outcomePage(asked, { ...settled('EXPIRED'), quorum: 2, votes: [vote] });

    expect(page).toContain('Only 1 of 2 said yes in time');
    expect(page).not.toContain('No approver answered');
  });

  it('shows the wrong person nothing about the deployment', () => {
    for (const page of [wrongPersonPage('mallory@acme.example'), signInPage(), notFoundPage()])
      expect(page).not.toContain(asked.issue.title);
  });
});
