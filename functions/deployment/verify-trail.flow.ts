import { DeploymentNotFound } from '#platform/errors';
import { type ChainProblem, chainFindings } from './audit-chain.ts';
import { rowDefect } from './audit-event.ts';
import type { Deployments } from './deployments.port.ts';

export interface TrailReport {
  readonly deploymentId: string;
  readonly rows: number;
  readonly problems: readonly ChainProblem[];
}

export interface TrailPorts {
  readonly deployments: Pick<Deployments, 'storedHead' | 'storedTrail'>;
}

/** Checks a deployment's stored rows against their own chain and against the head that the deployment names. */
export async function verifyTrail(ports: TrailPorts, deploymentId: string): Promise<TrailReport> {
  const before = await ports.deployments.storedHead(deploymentId);
  const rows = await ports.deployments.storedTrail(deploymentId);
  if (!before && rows.length === 0) throw new DeploymentNotFound(deploymentId);
  // A release may append rows during this read, so rows up to the later head are valid.
  const after = await ports.deployments.storedHead(deploymentId);
  const head = before && { ...before, mayReach: after?.sequence ?? before.sequence };
  const unreadable: ChainProblem[] = before?.defect
    ? [{ sequence: before.sequence, kind: 'malformed', what: `the deployment's own record cannot be read: ${before.defect}` }]
    : [];
  const malformed = rows.flatMap((row): ChainProblem[] => {
    const defect = rowDefect(row);
    return defect ? [{ sequence: Number(row.sequence), kind: 'malformed', what: defect }] : [];
  });
  const headless: ChainProblem[] = head
    ? []
    : [{ sequence: Number(rows.at(-1)?.sequence), kind: 'headless', what: "it is the last row, and the deployment's own record is gone" }];
  return { deploymentId, rows: rows.length, problems: [...unreadable, ...malformed, ...chainFindings(rows, head), ...headless] };
}
