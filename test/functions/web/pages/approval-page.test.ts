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
