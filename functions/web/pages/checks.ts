import type { Deployment } from '#deployment/deployment';
import type { HealthPoint } from '#watch/health-series';
import { type Html, html } from './html.ts';
import { lineChart } from './line-chart.ts';
import { durationInWords } from './time-words.ts';

interface Checked {
  readonly check: string;
  readonly verdict: string;
  readonly detail: string;
}

const verdictWords: Record<string, { words: string; tone: string }> = {
  Successful: { words: '✓ passed', tone: 'good' },
  Failed: { words: '✗ failed', tone: 'bad' },
  Inconclusive: { words: '? unknown', tone: 'warn' },
  NotApplicable: { words: '– not declared', tone: 'soft' },
};

const names: Record<string, string> = { 'phi-scan': 'health data scan', fix: 'built' };

function checkList(caption: string, checks: readonly Checked[]): Html {
  const items = checks.map(({ check, verdict, detail }) => {
    const { words, tone } = verdictWords[verdict] ?? { words: verdict, tone: 'soft' };
    const found = detail === 'passed' ? '' : detail;
    return html`<li><b>${names[check] ?? check.replaceAll('-', ' ')}</b> <span class="verdict ${tone}">${words}</span> <span class="soft">${found}</span></li>`;
  });
  return html`<p class="soft">${caption}</p><ul class="checks">${items}</ul>`;
}

/** Shows the results of the tests and scans, which ran before any release. */
export function testsAndScans({ fix }: Deployment): Html {
  const checks = fix?.checks ?? [];
  return html`<section aria-labelledby="checks"><h2 id="checks">Tests and scans</h2>${
    checks.length > 0
      ? checkList('The tests and scans of the built fix. A check that did not run has not passed.', checks)
      : html`<p class="warn">No test or scan is on record for this fix.</p>`
  }</section>`;
}

/** Shows the results in staging: the checks, and the error rate and response time of each poll. */
export function stagingResults({ staging }: Deployment, series: readonly HealthPoint[]): Html {
  const watched = durationInWords(staging?.monitoredSeconds ?? 0);
  const result =
    staging?.result === 'Succeeded'
      ? html`<b class="good">✓ Succeeded</b>, watched for ${watched}.`
      : html`${staging?.result ?? 'Not released'}.`;
  const checks = staging?.checks ?? [];
  return html`<section aria-labelledby="staging"><h2 id="staging">Staging</h2><p>${result}</p>${charts(series)}${checks.length > 0 && checkList('Checks in staging, on the version that Sluice would release.', checks)}</section>`;
}

function charts(series: readonly HealthPoint[]): Html {
  if (series.length === 0) return html`<p class="soft">No readings from staging are on record.</p>`;
  const limitOf = (limit: (point: HealthPoint) => number | null) => series.map(limit).find((value) => value !== null) ?? null;
  const error = series.map(({ seconds, errorPercent, baselineErrorPercent }) => ({
    seconds,
    candidate: errorPercent,
    baseline: baselineErrorPercent,
  }));
  const response = series.map(({ seconds, responseMs, baselineResponseMs }) => ({
    seconds,
    candidate: responseMs,
    baseline: baselineResponseMs,
  }));
  return html`<div class="charts">${lineChart({ id: 'errors', title: 'Error rate', unit: '%', points: error, limit: limitOf(({ errorLimit }) => errorLimit) })}${lineChart({ id: 'latency', title: 'Response time, 95th percentile', unit: 'ms', points: response, limit: limitOf(({ responseLimit }) => responseLimit) })}</div>${readings(series)}`;
}

const number = (value: number | null, unit: string) => (value === null ? 'no data' : `${Number(value.toPrecision(3))} ${unit}`);

function readings(series: readonly HealthPoint[]): Html {
  const withBaseline = series.some(({ baselineErrorPercent }) => baselineErrorPercent !== null);
  const rows = series.map(
    ({ at, seconds, requests, errorPercent, baselineErrorPercent, responseMs }) =>
      html`<tr><th scope="row"><time datetime="${at}">${Math.round(seconds)} s</time></th><td class="number">${requests ?? 'no data'}</td><td class="number">${number(errorPercent, '%')}</td>${withBaseline && html`<td class="number">${number(baselineErrorPercent, '%')}</td>`}<td class="number">${number(responseMs, 'ms')}</td></tr>`,
  );
  return html`<details><summary>Readings as a table</summary><div class="scroll" tabindex="0" role="region" aria-label="Readings from staging"><table><thead><tr><th scope="col">After</th><th scope="col" class="number">Requests</th><th scope="col" class="number">Failed</th>${withBaseline && html`<th scope="col" class="number">Failed before</th>`}<th scope="col" class="number">95 % within</th></tr></thead><tbody>${rows}</tbody></table></div></details>`;
}
