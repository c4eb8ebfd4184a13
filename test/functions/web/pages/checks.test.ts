import { describe, expect, it } from 'vitest';
import type { AuditRow } from '#deployment/audit-event';
import { approvalPage } from '#web/pages/approval-page';
import { at } from '../../../fixtures/deployment.ts';
import { approval, asked, form, link, shown } from './asked.ts';

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
