import type { ChainedRow } from './audit-chain.ts';
import type { AuditEvent, AuditRow } from './audit-event.ts';
import type { Deployment, DeploymentStatus } from './deployment.ts';
import type { Entry } from './entry.ts';

/** One event and the projection after it: they are written together or not at all. */
export interface Change {
  readonly event: AuditEvent;
  readonly next: Deployment;
}

/** Everything that is known of deployments: the current projection, and the audit trail that it can be held against. */
export interface Deployments {
  /** Reads consistently; throws DeploymentNotFound. */
  read(deploymentId: string): Promise<Deployment>;
  /** Writes the first projection and audit row; returns false when the id exists already. */
  create(deployment: Deployment, event: AuditEvent, entry: Entry): Promise<boolean>;
  /** Decides on the current projection and appends; a lost race is read and decided again; deciding nothing writes nothing. Throws AuditContention. */
  record(deploymentId: string, entry: Entry, decide: (current: Deployment) => Change | undefined): Promise<Deployment>;
  /** Whether something was recorded under an entry key; reads consistently. */
  happened(deploymentId: string, entryKey: string): Promise<boolean>;
  /** The row that was written under an entry key, if one was; reads consistently. */
  rowAt(deploymentId: string, entryKey: string): Promise<AuditRow | undefined>;
  /** All rows in order; throws AuditRowMalformed, which names the row. A row of a newer version may have an event type that is unknown here. */
  trail(deploymentId: string): Promise<AuditRow[]>;
  /** All rows exactly as they are stored, for the verifier: its hashes cover also what no reader knows. */
  storedTrail(deploymentId: string): Promise<ChainedRow[]>;
  withFingerprint(fingerprint: string): Promise<Deployment[]>;
  withStatus(status: DeploymentStatus, limit?: number): Promise<Deployment[]>;
  ofApplication(application: string, limit?: number): Promise<Deployment[]>;
  /** Deployments created on a day (`YYYY-MM-DD`, UTC). */
  ofDay(day: string): Promise<Deployment[]>;
}
