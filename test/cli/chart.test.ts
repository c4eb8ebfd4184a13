import { describe, expect, it } from 'vitest';
import type { AuditRow } from '#deployment/audit-event';
import { healthChart } from '../../cli/chart.ts';
import { at, deploymentWith } from '../fixtures/deployment.ts';

interface Poll {
  readonly percent: number | null;
  readonly rollsBack?: boolean;
}

const polls = (list: readonly Poll[]): AuditRow[] =>
  list.map(({ percent, rollsBack }, index) => ({
    ...{ deploymentId: 'd', sequence: index, at: at(index), actor: 'a', previousHash: '', hash: '' },
    event: {
      ...{ type: 'HealthJudged', environment: 'production', phase: 'bake' },
      ...(rollsBack
        ? { verdict: 'Failed', next: 'RollBack', reason: 'error-rate: 11.5 % against 2 %' }
        : { verdict: 'Successful', next: 'Watch', reason: 'goes on' }),
      readings: [
        {
          ...{ metric: 'error-rate', verdict: 'Successful', value: percent, limit: 2, margin: null, requests: 50, onFailed: 'roll-back' },
          detail: '',
        },
      ],
    } as AuditRow['event'],
  }));

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
const plain = (lines: readonly string[]) => lines.join('\n').replace(/\u001b\[\d+m/g, '');

describe('healthChart', () => {
  it('shows error rate and limit, and names time and reason of the rollback under the last poll', () => {
    const chart = plain(healthChart(deploymentWith(), polls([{ percent: 0 }, { percent: 0.5 }, { percent: 11.5, rollsBack: true }])));

    expect(chart).toContain('production: error rate in %');
    expect(chart).toMatch(/12\.1 ┤ {39}╭─+ {2}this fix 11\.5 %/);
    expect(chart).toMatch(/┈.* limit 2 %/);
    expect(chart).toMatch(/13:00:00 +▲\n +13:02:00 Failed → rolled back: error-rate: 11\.5 % against 2 %$/);
  });

  it('keeps a spike of one poll in a watch that is too long for the terminal', () => {
    const chart = plain(
      healthChart(deploymentWith(), polls(Array.from({ length: 300 }, (_, poll) => ({ percent: poll === 150 ? 1.9 : 0.1 })))),
    );

    expect(chart).toContain('╭');
    expect(Math.max(...chart.split('\n').map((line) => line.length))).toBeLessThan(100);
  });

  it('returns no lines if no poll measured an error rate', () => {
    expect(healthChart(deploymentWith(), [])).toEqual([]);
    expect(healthChart(deploymentWith(), polls([{ percent: null }]))).toEqual([]);
  });
});
