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
  digest: createHash('sha256').update('artefact').digest('base64'),
  requestedAt: at(0),
  expiresAt: at(24 * 60),
};
const link = (action: Link['action'], approver = 'lead@acme.example') => ({ action, approver }) as Link;
const form = { nonce: 'n', renderedAt: at(60), proof: 'p' };
const asked = deploymentWith({ status: 'Authorising', approval });

/** What is below the stylesheet, so that a failure can be read. */
const body = (page: string) => page.slice(page.indexOf('<body>'));

const shown = (change: { diff?: string; trail?: AuditRow[]; approval?: Approval; action?: Link['action']; title?: string } = {}) => {
  const deployment = { ...asked, issue: { ...asked.issue, title: change.title ?? asked.issue.title } };
  const { diff = '', trail = [], action = 'approve' } = change;
  return body(approvalPage({ deployment, approval: change.approval ?? approval, link: link(action), diff, form, trail }));
};

const polls = (values: readonly (number | null)[]): AuditRow[] =>
  values.map((value, index) => ({
    ...{ deploymentId: 'd', sequence: index, at: at(index), actor: 'a', previousHash: '', hash: '' },
    event: {
      ...{ type: 'HealthJudged', environment: 'staging', phase: 'monitor', verdict: 'Successful', next: 'Watch', reason: '' },
      readings: [
        {
          ...{ metric: 'error-rate', verdict: 'Successful', value, limit: 1, margin: null, requests: 50, onFailed: 'roll-back' },
          detail: '',
        },
      ],
    } as AuditRow['event'],
  }));

const section = (diff: string) => `diff --git a/x.ts b/x.ts\n--- a/x.ts\n+++ b/x.ts\n@@ -1 +1 @@\n${diff}`;

describe('the page of a question', () => {
  it('says until when, what silence does, and whose link it is', () => {
    const page = shown();

    expect(page).toContain('Approval needed within 23 hours');
    expect(page).toContain('Saturday 1 November 2025, 13:00 UTC');
    expect(page).toContain('It is cancelled; production is not touched.');
    expect(page).toContain('lead@acme.example. <span class="soft">An answer by it is recorded as theirs');
  });

  it('names who had a hand in the fix, who may therefore not say yes', () => {
    expect(shown()).toMatch(/ana@acme\.example <span class="warn">\(had a hand in this fix, so may say no but not yes\)/);
  });

  it('says how far the quorum is', () => {
    const voted = { ...approval, quorum: 2, votes: [{ by: 'sre@acme.example', at: at(30), assurance: 'link' as const }] };

    expect(shown({ approval: voted })).toContain('So far 1 of 2 said yes.');
    expect(shown({ approval: voted })).toMatch(/sre@acme\.example <b class="good">✓ said yes<\/b>/);
    expect(outcomePage(asked, voted, undefined, { counted: true })).toContain('<h1>1 of 2 said yes</h1>');
    expect(outcomePage(asked, voted, undefined, { counted: true })).not.toContain('changes nothing');
  });

  it('escapes what others wrote, and spells out what cannot be seen', () => {
    const page = shown({ title: '<script>alert(1)</script> \u202egnp.exe', diff: section('+if (isAdmin\u2066) {}\u200b\n') });

    expect(page).not.toContain('<script');
    expect(page).toContain('&lt;script&gt;');
    expect(page).toContain('⟨U+202E⟩gnp.exe');
    expect(page).toContain('isAdmin⟨U+2066⟩) {}⟨U+200B⟩');
  });

  it.each(['\u3164', '\u115f', '\u1160', '\uffa0', '\u034f', '\u17b4', '\u{e0100}', '\u{e0041}', '\r', '\u2028'])(
    'shows a character that renders as nothing (%j), which may still be a name in a program',
    (character) => {
      const code = character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
      expect(shown({ diff: section(`+const a${character} = 1;\n`) })).toContain(`const a⟨U+${code}⟩ = 1;`);
    },
  );

  it('promises no rollback of what cannot be undone, before the answer, after it, or to who would stop it', () => {
    const forGood = { ...asked, fix: { ...fix, irreversible: ['migrations/irreversible/1.sql'] } };
    const approved = { ...approval, status: 'APPROVED' as const };
    const pages = [
      approvalPage({ deployment: forGood, approval, link: link('approve'), diff: '', form }),
      outcomePage({ ...forGood, approval: approved }, approved),
      ...['cancel', 'rollback'].map((action) => stopPage(forGood, { action, approver: 'lead@acme.example' }, form)),
    ].map(body);

    for (const page of pages) {
      expect(page).toMatch(/it is frozen (?:as it stands )?and (?:you|people) are paged/);
      expect(page).not.toMatch(/it is rolled back|rolled back by itself|taken back first|goes back to the version/);
    }
    expect(shown()).toContain('it is rolled back without anybody’s help');
  });

  it('has a title in words for every gate', () => {
    for (const { name } of gates) {
      const decision = { gates: [{ gate: name, because: 'x' }], band: 'autonomous', scoreHundredths: 95 } as unknown as Decision;
      expect(whyItAsks(decision).text).not.toContain(`<b>${name}.`);
    }
  });

  it('says of a link that only shows that it does, and of a room’s who may answer instead', () => {
    const room = body(approvalPage({ deployment: asked, approval, link: link('view', ROOM), diff: '', form }));

    expect(room).toContain('everyone in the room. <span class="soft">It only shows.');
    expect(room).toContain('Each approver answers by the links of a message of their own.');
    expect(room).not.toContain('recorded as theirs');
  });

  it('names the person who wrote a patch, and nobody where there was none', () => {
    const bump = { workflow: 'dependency-bump', ecosystem: 'npm', package: 'minimist', toVersion: '1.2.6' } as const;
    const pageOf = (made: Deployment['issue']['fix']) =>
      approvalPage({ deployment: { ...asked, issue: { ...asked.issue, fix: made } }, approval, link: link('view'), diff: '', form });

    expect(pageOf({ workflow: 'ready-patch', patch: '', author: 'ana' })).toContain('A patch by ana for this issue was built and tested,');
    expect(pageOf(bump)).toContain('A fix for this issue was made without a person,');
  });

  it('asks only by the links that answer, and runs nothing', () => {
    expect(shown()).toContain('<form method="post"');
    expect(shown({ action: 'view' })).not.toContain('<form');
    expect(shown()).not.toMatch(/ style=|<script| on\w+=/);
  });
});

describe('the change', () => {
  it('keeps the signs of lines in the text, so that nothing hangs on colour', () => {
    const page = shown({ diff: section('-old\n+new\n') });

    expect(page).toContain('<del>-old</del>');
    expect(page).toContain('<ins>+new</ins>');
  });

  it('says how many lines of a long diff are left out, and where they are', () => {
    const page = shown({ diff: section(Array.from({ length: 1_000 }, (_, line) => `+line ${line}\n`).join('')) });

    expect(page).toContain('(601 of its 1001 lines not shown)');
    expect(page).toContain('601 of 1001 lines are left out here.');
    expect(page).toContain(`deployments/${asked.id}/diff.patch`);
    expect(page).not.toContain('line 500');
  });

  it('says how much of a long line is left out', () => {
    expect(shown({ diff: section(`+${'x'.repeat(1_000)}\n`) })).toContain('… 701 more characters');
  });

  it('warns when there is none to see', () => {
    expect(shown()).toContain('Do not approve what you cannot see.');
  });

  it('is shown only as it was tested', () => {
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

  it('names files that are new, gone, renamed or binary', () => {
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
  it('draw a line that breaks where no data arrived, and say in words and in a table what they show', () => {
    const page = shown({ trail: polls([0.2, null, 0.4, 0.6]) });

    expect(page.match(/<path class="candidate" d="M[^"]*M[^"]*L[^"]*"/)).not.toBeNull();
    expect(page).toContain('4 polls. This fix: between 0.2 % and 0.6 %, last 0.6 %. The limit is 1 %. 1 polls had no data.');
    expect(page).toMatch(/<td class="number">no data<\/td>/);
    expect(page).toContain('role="img"');
  });

  it('show the version before it where it was measured', () => {
    const before = {
      ...asked,
      staging: { ...asked.staging, history: { n: 1_000, errors: 5 }, historyP95Ms: 120 },
    } as unknown as typeof asked;

    const page = approvalPage({ deployment: before, approval, link: link('view'), diff: '', form, trail: polls([0.2, 0.4]) });

    expect(page).toContain('<path class="baseline"');
    expect(page).toContain('The version before it: between 0.5 % and 0.5 %');
    expect(page).toContain('Failed before');
  });

  it('say so when nothing was read', () => {
    expect(shown()).toContain('No readings of the watch are on record.');
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
  ] as const)('of a question that is %s says so, by whom and when', (status, heading) => {
    const page = body(outcomePage({ ...asked, approval: settled(status) }, settled(status), undefined, { now: at(92) }));

    expect(page).toContain(`<h1>${heading}</h1>`);
    expect(page).toContain('sre@acme.example');
    expect(page).toContain('Friday 31 October 2025, 14:30:00 UTC</time> <span class="soft">(2 minutes ago)');
    expect(page).not.toContain('<form');
  });

  it('that came too late says what happens instead', () => {
    const page = outcomePage(asked, approval, 'The time to answer is over; this click decided nothing.', { now: at(24 * 60 + 1) });

    expect(page).toContain('<h1>Too late to answer</h1>');
    expect(page).toContain('Without an answer in time it is cancelled');
  });

  it('of a stop says whether it was taken, or why not', () => {
    const stopRequest = { kind: 'cancel', by: 'lead@acme.example', at: at(1), reason: 'too risky' } as const;

    expect(stopPage(asked, { action: 'cancel', approver: 'lead@acme.example' }, form)).toContain('<form method="post" class="refuse"');
    expect(stopOutcomePage({ deployment: { ...asked, stopRequest }, link: { action: 'cancel' }, now: at(2) })).toContain(
      '<h1>Cancel asked for</h1>',
    );
    expect(
      stopOutcomePage({ deployment: asked, link: { action: 'cancel' }, refused: 'cancel works until its verification begins' }),
    ).toContain('<h1>Cancel not possible</h1>');
  });

  it('says that time decided only where it did', () => {
    const bySluice = (status: Approval['status']) => outcomePage(asked, { ...settled(status), decidedBy: 'sluice' });

    expect(bySluice('EXPIRED')).toContain('Sluice, when the time was up');
    expect(bySluice('PROCEEDING')).toContain('Sluice, when the time was up');
    expect(bySluice('REVOKED')).toContain('<dd>Sluice</dd>');
  });

  it('that expired with too few who said yes does not say that nobody answered', () => {
    const vote = { by: 'lead@acme.example', at: at(1), assurance: 'link' } as const;
    const page = outcomePage(asked, { ...settled('EXPIRED'), quorum: 2, votes: [vote] });

    expect(page).toContain('Only 1 of 2 said yes in time');
    expect(page).not.toContain('Nobody answered');
  });

  it('tells the wrong person nothing of the deployment', () => {
    for (const page of [wrongPersonPage('mallory@acme.example'), signInPage(), notFoundPage()])
      expect(page).not.toContain(asked.issue.title);
  });
});
