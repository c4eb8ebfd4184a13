import { createHash } from 'node:crypto';
import * as z from 'zod';
import { type Issue, issueSchema, severities } from '#deployment/issue';

export interface IntakeHints {
  readonly applications: readonly { readonly name: string; readonly repository: string }[];
}

export type Normalised = { readonly issue: Issue } | { readonly refusal: string };

const envelope = z.looseObject({ source: z.string(), 'detail-type': z.string(), detail: z.unknown() });

/**
 * The fields that Sluice reads of GitHub's `dependabot_alert` webhook (docs.github.com, webhook events and payloads).
 */
const dependabotAlert = z.looseObject({
  action: z.string(),
  alert: z.looseObject({
    number: z.number().int(),
    created_at: z.iso.datetime({ offset: true }),
    updated_at: z.iso.datetime({ offset: true }).nullish(),
    dependency: z.looseObject({ package: z.looseObject({ ecosystem: z.string(), name: z.string() }) }),
    security_advisory: z.looseObject({ summary: z.string(), severity: z.enum(severities) }),
    security_vulnerability: z.looseObject({ first_patched_version: z.looseObject({ identifier: z.string() }).nullish() }),
  }),
  repository: z.looseObject({ full_name: z.string() }),
});
type DependabotAlert = z.infer<typeof dependabotAlert>;

/** Fields that every GitHub webhook has and no issue has. */
const webhook = z.looseObject({ action: z.unknown(), alert: z.looseObject({}), repository: z.unknown() });

/** Turns a producer's payload into an issue, or returns what is wrong with it, where, and what to do (R-ISSUE-1). */
export function normaliseIssue(payload: unknown, hints: IntakeHints): Normalised {
  const wrapped = envelope.safeParse(payload);
  const body = wrapped.success ? wrapped.data.detail : payload;
  return webhook.safeParse(body).success ? readAlert(body, hints) : checked(body, hints);
}

function checked(body: unknown, { applications }: IntakeHints): Normalised {
  const parsed = issueSchema.safeParse(body);
  if (!parsed.success) return { refusal: `not an issue: ${problems(parsed.error)}; correct it and send it again` };
  const { application } = parsed.data;
  if (applications.some(({ name }) => name === application)) return { issue: parsed.data };
  return {
    refusal: `application: ${JSON.stringify(application)} is not registered; known are ${applications.map(({ name }) => name).join(', ') || 'none'}`,
  };
}

const problems = (error: z.ZodError) =>
  error.issues.map(({ path, message }) => `${path.join('.') || 'the payload'}: ${message}`).join('; ');

function readAlert(body: unknown, hints: IntakeHints): Normalised {
  const parsed = dependabotAlert.safeParse(body);
  if (!parsed.success)
    return { refusal: `not a Dependabot alert: ${problems(parsed.error)}; send GitHub's dependabot_alert webhook as it is` };
  const application = applicationOf(parsed.data, hints);
  if (!application) {
    const { full_name: repository } = parsed.data.repository;
    return { refusal: `repository.full_name: ${repository} belongs to no registered application; register it with this repository` };
  }
  const refusal = whyNoFix(parsed.data);
  return refusal ? { refusal } : checked(issueFrom(parsed.data, application), hints);
}

/** GitHub ignores case in the names of repositories. */
const applicationOf = ({ repository }: DependabotAlert, { applications }: IntakeHints) =>
  applications.find((known) => known.repository.toLowerCase() === repository.full_name.toLowerCase())?.name;

const actionsThatAsk = ['created', 'reopened', 'auto_reopened', 'reintroduced'];

function whyNoFix({ action, alert }: DependabotAlert): string | undefined {
  if (!actionsThatAsk.includes(action)) return `action: ${action} asks for no fix; nothing to do`;
  const { ecosystem } = alert.dependency.package;
  if (ecosystem !== 'npm') return `alert.dependency.package.ecosystem: Sluice bumps only npm packages, not ${ecosystem}; bump it by hand`;
  if (!alert.security_vulnerability.first_patched_version)
    return 'alert.security_vulnerability.first_patched_version: there is no patched version yet; a person must decide';
  return undefined;
}

/** An alert keeps its creation date for years. If it comes back, Sluice takes the date of its return. */
const detectionOf = ({ action, alert }: DependabotAlert) =>
  action === 'created' ? alert.created_at : (alert.updated_at ?? alert.created_at);

function issueFrom(webhook: DependabotAlert, application: string) {
  const { alert } = webhook;
  const { package: vulnerable } = alert.dependency;
  const { summary, severity } = alert.security_advisory;
  return {
    id: `dependabot-${alert.number}`,
    application,
    title: `${vulnerable.name}: ${summary}`.slice(0, 500),
    domain: 'security-issues',
    type: 'vulnerable-dependency',
    severity,
    detectedAt: new Date(detectionOf(webhook)).toISOString(),
    fix: {
      workflow: 'dependency-bump',
      ecosystem: vulnerable.ecosystem,
      package: vulnerable.name,
      toVersion: alert.security_vulnerability.first_patched_version?.identifier,
    },
  };
}

/** Hashes an issue's application, domain, type and requested change, so that Sluice recognizes a second copy. */
export function fingerprintOf({ application, domain, type, fix }: Issue): string {
  const change = fix.workflow === 'dependency-bump' ? [fix.ecosystem, fix.package, fix.toVersion] : [fix.patch];
  return createHash('sha256')
    .update(JSON.stringify([application, domain, type, fix.workflow, ...change]))
    .digest('hex');
}

/** The key under which outcomes are counted for `previousResolutions`. */
export const historyKey = ({ application, domain, type }: Issue): string => `${application}/${domain}/${type}`;

/** Names a deployment (R-ISSUE-5): the same issue on the same day and attempt has the same id. */
export function deploymentIdOf(fingerprint: string, atIso: string, attempt: number): string {
  return `auto-deploy-${atIso.slice(0, 10).replaceAll('-', '')}-${fingerprint.slice(0, 10)}${attempt > 1 ? `-${attempt}` : ''}`;
}

/** Names a deployment's goal: `auto-` and the unique part of the deployment's id. */
export const goalIdOf = (deploymentId: string): string => `auto-${deploymentId.replace(/^auto-deploy-/, '')}`;
