import { describe, expect, it } from 'vitest';
import { gates } from '#decision/gates';
import type { Decision, Deployment } from '#deployment/deployment';
import { ROOM } from '#web/approval-link';
import { approvalPage } from '#web/pages/approval-page';
import { outcomePage } from '#web/pages/outcome-page';
import { whyItAsks } from '#web/pages/reasons';
import { stopPage } from '#web/pages/stop-page';
import { at, fix } from '../../../fixtures/deployment.ts';
import { approval, asked, body, form, link, section, shown } from './asked.ts';

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

  it('gives every gate a title in words', () => {
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
