import * as z from 'zod';

/** All environment variables that a function may read. infra sets them and functions read them through this schema. */
export const variables = {
  DEPLOYMENTS_TABLE: z.string(),
  AUDIT_TABLE: z.string(),
  ARTIFACTS_BUCKET: z.string(),
  ARCHIVE_BUCKET: z.string(),
  BACKUP_BUCKET: z.string(),
  DEPLOYMENT_MACHINE_ARN: z.string(),
  RELEASE_MACHINE_ARN: z.string(),
  ROLLBACK_MACHINE_ARN: z.string(),
  APPROVAL_MACHINE_ARN: z.string(),
  MESSAGES_QUEUE_URL: z.string(),
  /** The ids of the link keys, separated by commas. The first signs; the others verify their earlier links. */
  LINK_KEY_IDS: z.string(),
  PUBLIC_URL: z.url(),
  MAIL_FROM: z.string(),
  BUS_QUEUE_ARN: z.string(),
  /** The event sources that the bus's policy reserves for one principal each, separated by commas. */
  PRODUCER_SOURCES: z.string(),
} as const;

export type Variable = keyof typeof variables;

/** Reads one variable. If infra did not set it or set it wrongly, throws with its name. */
export function read(name: Variable): string {
  const parsed = variables[name].safeParse(process.env[name]);
  if (!parsed.success)
    throw new Error(`environment variable ${name}: ${parsed.error.issues[0]?.message ?? 'invalid'}; infra/permissions.ts sets it`);
  return parsed.data;
}
