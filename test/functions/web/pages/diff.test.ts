import { describe, expect, it } from 'vitest';
import { digestOfDiff } from '#fix/diff-digest';
import { approvalPage } from '#web/pages/approval-page';
import { fix } from '../../../fixtures/deployment.ts';
import { approval, asked, body, form, link, section, shown } from './asked.ts';

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
