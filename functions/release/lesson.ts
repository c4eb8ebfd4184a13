import type { Deployment } from '#deployment/deployment';
import type { Release } from '#deployment/release';

/** Makes the lesson that a rollback leaves (R-BACK-11). */
export function lessonOf(deployment: Deployment, release: Release) {
  const reason = release.resultReason ?? 'unknown';
  const isRestored = release.result === 'RolledBack';
  return {
    lessonId: `${deployment.id}-${release.environment}-${release.attempt}`,
    application: deployment.application,
    deploymentId: deployment.id,
    domain: 'deployment-issues' as const,
    title: `Autonomous deployment rollback: ${reason}`,
    symptom: reason,
    solution: isRestored ? 'Rollback successful, system restored' : 'Rollback could not be verified: a person must restore the system',
    rootCause: 'Autonomous fix caused issues',
    prevention: 'Improve validation before deployment',
    at: release.finishedAt ?? deployment.updatedAt,
  };
}
