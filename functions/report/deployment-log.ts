import type { Deployment } from '#deployment/deployment';
import type { Release } from '#deployment/release';
import { endOf } from '#deployment/stages';

const passed = ({ fix }: Deployment, check: string) => fix?.checks.find((row) => row.check === check)?.verdict === 'Successful';

const validated = (release: Release | undefined) =>
  Boolean(release?.checks) && (release?.checks ?? []).every(({ verdict }) => verdict === 'Successful' || verdict === 'NotApplicable');

const seconds = (fromIso: string, toIso: string) => Math.round((Date.parse(toIso) - Date.parse(fromIso)) / 1000);

/** Older records begin their goal with `auto-auto-deploy-`. */
const guideGoalId = (stored: string) => stored.replace(/^auto-auto-deploy-/, 'auto-');

/** Renders the deployment log (R-LOG-1), field by field. Durations are in seconds; null for what has not happened. */
export function deploymentLog(deployment: Deployment) {
  const { id, createdAt, issue, fix, staging, production, decision, outcome } = deployment;
  return {
    deploymentId: id,
    timestamp: createdAt,
    issue: { id: issue.id, title: issue.title, domain: issue.domain, severity: issue.severity },
    resolution: {
      goalId: fix ? guideGoalId(fix.goalId) : null,
      specPath: fix ? `deployments/${id}/plan/` : null,
      workflowName: fix?.workflow ?? null,
      tasksCompleted: fix?.tasksCompleted ?? 0,
      filesModified: fix?.files ?? [],
    },
    validation: {
      testsPass: passed(deployment, 'tests'),
      securityScanPass: passed(deployment, 'credential-scan') && passed(deployment, 'phi-scan'),
      codeQualityPass: passed(deployment, 'code-quality'),
    },
    staging: {
      deployed: (staging?.stepIndex ?? -1) >= 0,
      deploymentTime: staging?.startedAt ?? null,
      validationPassed: validated(staging),
      monitoringDuration: Math.round(staging?.monitoredSeconds ?? 0),
    },
    production: {
      deployed: production?.result === 'Succeeded',
      deploymentTime: production?.startedAt ?? null,
      confidenceScore: (decision?.scoreHundredths ?? 0) / 100,
      approvalRequired: decision?.requirement === 'approve',
      monitoringDuration: Math.round(production?.monitoredSeconds ?? 0),
      rollbackOccurred: Boolean(production?.rollback),
    },
    outcome: {
      success: outcome === 'Deployed',
      totalTime: seconds(createdAt, endOf(deployment)),
      issueResolved: outcome === 'Deployed' && production?.symptom !== 'not fixed',
      preventionAdded: outcome === 'Deployed' && Boolean(issue.prevention),
      // Sluice adds these two: the other fields cannot distinguish a cancel from a rollback.
      name: outcome ?? null,
      reason: deployment.outcomeReason ?? null,
    },
  };
}
