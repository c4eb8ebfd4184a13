import type { ChainedRow } from './audit-chain.ts';
import type { AuditEvent, AuditRow } from './audit-event.ts';
import type { Deployment, DeploymentStatus } from './deployment.ts';
import type { Entry } from './entry.ts';

/** The last row of a trail by the deployment's own record, as stored. */
export interface StoredHead {
  readonly sequence: number;
  readonly hash: string;
  readonly defect?: string | undefined;
}

/** One event and the projection after it. Both are written together or not at all. */
export interface Change {
  readonly event: AuditEvent;
  readonly next: Deployment;
}

/** Everything known about deployments: the current projections, and the audit trails to check them against. */
export interface Deployments {
  /** Reads consistently. Throws DeploymentNotFound. */
  read(deploymentId: string): Promise<Deployment>;
  /** Writes the first projection and audit row; returns false if the id exists already. */
  create(deployment: Deployment, event: AuditEvent, entry: Entry): Promise<boolean>;
  /**
   * Decides on the current projection and appends the change, if there is one.
   * If another write comes first, it reads and decides again; it throws AuditContention after too many races.
   */
  record(deploymentId: string, entry: Entry, decide: (current: Deployment) => Change | undefined): Promise<Deployment>;
  /** True if a row was recorded under the entry key. Reads consistently. */
  happened(deploymentId: string, entryKey: string): Promise<boolean>;
  /** Returns the row that was written under the entry key, if there is one. Reads consistently. */
  rowAt(deploymentId: string, entryKey: string): Promise<AuditRow | undefined>;
  /**
   * Returns all rows in order; a row of a newer version may have an unknown event type.
   * Throws AuditRowMalformed, which names the row.
   */
  trail(deploymentId: string): Promise<AuditRow[]>;
  /** Returns all rows exactly as stored, for the verifier. The hashes also cover fields that no reader knows. */
  storedTrail(deploymentId: string): Promise<ChainedRow[]>;
  /** Reads what the deployment's own record names as its last row. `defect` says why that record cannot be read. */
  storedHead(deploymentId: string): Promise<StoredHead | undefined>;
  /** Returns the ids of an application's deployments, also of records that cannot be read. */
  idsOf(application: string): Promise<string[]>;
  withFingerprint(fingerprint: string): Promise<Deployment[]>;
  withStatus(status: DeploymentStatus, limit?: number): Promise<Deployment[]>;
  ofApplication(application: string, limit?: number): Promise<Deployment[]>;
  /** Deployments created on a day (`YYYY-MM-DD`, UTC). */
  ofDay(day: string): Promise<Deployment[]>;
}
