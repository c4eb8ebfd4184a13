import { type ChainProblem, chainFindings } from '#domain/audit-chain';
import { rowDefect } from '#domain/audit-event';
import type { Deployments } from '#ports/deployments';
import { DeploymentNotFound } from './errors.ts';

export interface TrailReport {
  readonly deploymentId: string;
  readonly rows: number;
  readonly problems: readonly ChainProblem[];
}

type Store = Pick<Deployments, 'read' | 'storedTrail'>;

/** Holds a deployment's stored rows against their own chain and against the head that the deployment names. */
export async function verifyTrail(store: Store, deploymentId: string): Promise<TrailReport> {
  const before = await headOf(store, deploymentId);
  const rows = await store.storedTrail(deploymentId);
  if (!before && rows.length === 0) throw new DeploymentNotFound(deploymentId);
  // A release may append while this reads: rows up to the head as it is afterwards are in order.
  const after = await headOf(store, deploymentId);
  const head = before && { ...before, mayReach: after?.sequence ?? before.sequence };
  const malformed = rows.flatMap((row): ChainProblem[] => {
    const defect = rowDefect(row);
    return defect ? [{ sequence: Number(row.sequence), kind: 'malformed', what: defect }] : [];
  });
  const headless: ChainProblem[] = head
    ? []
    : [{ sequence: Number(rows.at(-1)?.sequence), kind: 'headless', what: "it is the last row, and the deployment's own record is gone" }];
  return { deploymentId, rows: rows.length, problems: [...malformed, ...chainFindings(rows, head), ...headless] };
}

async function headOf(store: Store, deploymentId: string): Promise<{ sequence: number; hash: string } | undefined> {
  try {
    const { sequence, headHash } = await store.read(deploymentId);
    return { sequence, hash: headHash };
  } catch (error) {
    if (error instanceof DeploymentNotFound) return undefined;
    throw error;
  }
}
