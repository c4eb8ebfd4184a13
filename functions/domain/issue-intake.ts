import { createHash } from 'node:crypto';
import * as z from 'zod';
import { type Issue, issueSchema } from './issue.ts';

export interface IntakeHints {
  readonly applications: readonly { readonly name: string; readonly repository: string }[];
}

export type Normalised = { readonly issue: Issue } | { readonly refusal: string };

const envelope = z.looseObject({ source: z.string(), 'detail-type': z.string(), detail: z.unknown() });

/** GitHub's `dependabot_alert` webhook, as far as we read it (docs.github.com, webhook events and payloads). */
const dependabotAlert = z.looseObject({
  action: z.string(),
  alert: z.looseObject({
    number: z.number(),
    created_at: z.string(),
    dependency: z.looseObject({ package: z.looseObject({ ecosystem: z.string(), name: z.string() }) }),
    security_advisory: z.looseObject({ ghsa_id: z.string(), summary: z.string(), severity: z.string() }),
    security_vulnerability: z.looseObject({ first_patched_version: z.looseObject({ identifier: z.string() }).nullable() }),
  }),
  repository: z.looseObject({ full_name: z.string() }),
});

/** Turns a producer's payload into an issue, or says what is wrong with it, where, and what to do. */
export function normaliseIssue(payload: unknown, hints: IntakeHints): Normalised {
  const wrapped = envelope.safeParse(payload);
  const body = wrapped.success ? wrapped.data.detail : payload;
  const alert = dependabotAlert.safeParse(body);
  if (alert.success) return fromAlert(alert.data, hints);
  return checked(body, hints);
}

function checked(body: unknown, { applications }: IntakeHints): Normalised {
  const parsed = issueSchema.safeParse(body);
  if (!parsed.success) return { refusal: `not an issue: ${parsed.error.issues.map(problem).join('; ')}` };
  const { application } = parsed.data;
  if (applications.some(({ name }) => name === application)) return { issue: parsed.data };
  return {
    refusal: `application: ${JSON.stringify(application)} is not registered; known are ${applications.map(({ name }) => name).join(', ') || 'none'}`,
  };
}

const problem = ({ path, message }: z.core.$ZodIssue) => `${path.join('.') || 'the payload'}: ${message}`;

function fromAlert({ action, alert, repository }: z.infer<typeof dependabotAlert>, hints: IntakeHints): Normalised {
  const application = hints.applications.find((known) => known.repository === repository.full_name);
  if (!application)
    return {
      refusal: `repository.full_name: ${repository.full_name} belongs to no registered application; register it with this repository`,
    };
  if (!['created', 'reopened', 'reintroduced'].includes(action)) return { refusal: `action: ${action} asks for no fix; nothing to do` };
  const patched = alert.security_vulnerability.first_patched_version?.identifier;
  if (!patched)
    return { refusal: 'alert.security_vulnerability.first_patched_version: there is no patched version yet; a person must decide' };
  const { package: vulnerable } = alert.dependency;
  return checked(
    {
      id: `dependabot-${alert.number}`,
      application: application.name,
      title: `${vulnerable.name}: ${alert.security_advisory.summary}`.slice(0, 500),
      domain: 'security-issues',
      type: 'vulnerable-dependency',
      severity: alert.security_advisory.severity,
      detectedAt: new Date(alert.created_at).toISOString(),
      fix: { workflow: 'dependency-bump', ecosystem: vulnerable.ecosystem, package: vulnerable.name, toVersion: patched },
    },
    hints,
  );
}

/** Names what an issue is about, so that a second copy is known: application, domain, type and the change that it asks for. */
export function fingerprintOf({ application, domain, type, fix }: Issue): string {
  const change = fix.workflow === 'dependency-bump' ? [fix.ecosystem, fix.package, fix.toVersion] : [fix.patch];
  return createHash('sha256')
    .update(JSON.stringify([application, domain, type, fix.workflow, ...change]))
    .digest('hex');
}

/** The key under which outcomes are counted for `previousResolutions`. */
export const historyKey = ({ application, domain, type }: Issue): string => `${application}/${domain}/${type}`;

/** Names a deployment in the guide's form, from its issue: the same issue on the same day in the same attempt has the same id. */
export function deploymentIdOf(fingerprint: string, atIso: string, attempt: number): string {
  return `auto-deploy-${atIso.slice(0, 10).replaceAll('-', '')}-${fingerprint.slice(0, 10)}${attempt > 1 ? `-${attempt}` : ''}`;
}
