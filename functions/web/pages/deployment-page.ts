import type { AuditRow } from '#deployment/audit-event';
import type { Deployment } from '#deployment/deployment';
import { beforeOf, healthSeries } from '#watch/health-series';
import { stagingResults, testsAndScans } from './checks.ts';
import { html, page } from './html.ts';
import { statusOf } from './outcome-page.ts';
import { confidence } from './reasons.ts';

/** Shows the state of a deployment and its evidence. The page decides nothing and offers no action. */
export function deploymentPage(deployment: Deployment, trail: readonly AuditRow[]): string {
  const { id, issue, application, fix, production, staging } = deployment;
  const { rollback } = production ?? staging ?? {};
  return page(
    `${issue.title} (Sluice)`,
    html`<p class="kicker">Autonomous deployment</p><h1>${issue.title}</h1>
<section aria-labelledby="state"><h2 id="state">Status</h2><dl><dt>Deployment</dt><dd>${id}</dd><dt>Now</dt><dd>${statusOf(deployment)}</dd>
<dt>Issue</dt><dd>${issue.severity} severity, ${issue.domain.replaceAll('-', ' ')}</dd>${fix && html`<dt>Change</dt><dd>${fix.files.join(', ') || 'none'}</dd>`}
${rollback && html`<dt>Rolled back because of</dt><dd>${rollback.reason}</dd><dt>Rollback</dt><dd>${rollback.servingState ?? rollback.verdict ?? 'not finished'}</dd>`}</dl></section>
${confidence(deployment.decision)}${staging && stagingResults(deployment, healthSeries(trail, 'staging', beforeOf(staging)))}${fix && testsAndScans(deployment)}`,
    application,
  );
}
