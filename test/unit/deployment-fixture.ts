import type { Deployment, Fix } from '#deployment/deployment';
import type { Release } from '#deployment/release';
import { guidePolicy } from '#policy/policy';

/** The guide's example day: an issue at 13:00, production at 13:15. */
export const at = (minutes: number) => new Date(Date.parse('2025-10-31T13:00:00.000Z') + minutes * 60_000).toISOString();

export const fix: Fix = {
  verdict: 'Successful',
  evidence: ['fix', 'credential-scan', 'phi-scan', 'code-quality', 'tests', 'allowed-paths'].map((check) => ({
    check,
    verdict: 'Successful',
    detail: 'passed',
  })),
  goalId: 'auto-1730380800',
  workflow: 'ready-patch',
  tasksCompleted: 3,
  baseCommit: 'base',
  commit: 'fixed',
  artifactKey: 'artifact.zip',
  digest: 'sha-new',
  files: ['src/config.ts', 'README.md'],
  addedLines: 2,
  removedLines: 1,
  schemaChanges: [],
  irreversible: [],
  reason: 'every check passed',
};

export const releaseIn = (environment: Release['environment'], change: Partial<Release> = {}): Release => ({
  environment,
  attempt: 1,
  fence: 1,
  startedAt: at(environment === 'staging' ? 5 : 15),
  plan: [{ weightPercent: 100, bakeSeconds: 60 }],
  stepIndex: 0,
  phase: environment === 'staging' ? 'monitor' : 'verify',
  phaseStartedAt: at(20),
  inconclusiveInARow: 0,
  intervals: [],
  monitoredSeconds: environment === 'staging' ? 300 : 2100,
  checks: [
    { check: 'service-health', verdict: 'Successful', detail: '1 of 1 as declared' },
    { check: 'data-integrity', verdict: 'NotApplicable', detail: 'the application declares no such check' },
  ],
  result: 'Succeeded',
  finishedAt: at(environment === 'staging' ? 11 : 56),
  ...change,
});

const deployed: Deployment = {
  id: 'auto-deploy-20251031-0123456789',
  application: 'storefront',
  sequence: 30,
  headHash: 'hash',
  status: 'Deployed',
  fingerprint: '0123456789',
  issue: {
    id: 'ci-1',
    application: 'storefront',
    title: 'Total is wrong',
    domain: 'test-failures',
    type: 'failed-check',
    severity: 'low',
    prevention: 'a test',
    detectedAt: at(-2),
    fix: { workflow: 'ready-patch', patch: 'diff', author: 'ana@acme.example' },
  },
  channel: { kind: 'bus', sender: 'ci.storefront', authenticated: true },
  policy: guidePolicy,
  decision: {
    eligible: true,
    ineligibleBecause: [],
    scoreHundredths: 92,
    scoreParts: [{ rule: 'base score', hundredths: 50 }],
    band: 'autonomous',
    gates: [],
    requirement: 'autonomous',
    previousResolutions: 6,
  },
  fix,
  staging: releaseIn('staging'),
  production: releaseIn('production'),
  stages: [
    { stage: 'Admitted', startedAt: at(0), endedAt: at(5) },
    { stage: 'Verifying', startedAt: at(26), endedAt: at(56) },
  ],
  outcome: 'Deployed',
  outcomeReason: 'stable through 2100 s of watching in production',
  createdAt: at(0),
  updatedAt: at(99),
};

/** A deployment that went well all the way, with what a test wants otherwise. */
export const deploymentWith = (change: Partial<Deployment> = {}): Deployment => ({ ...deployed, ...change });
