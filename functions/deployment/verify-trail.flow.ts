import { DeploymentNotFound, undefinedIf } from '#platform/errors';
import { type ChainProblem, chainFindings } from './audit-chain.ts';
import { rowDefect } from './audit-event.ts';
import type { Deployments } from './deployments.port.ts';

export interface TrailReport {
  readonly deploymentId: string;
  readonly rows: number;
  readonly problems: readonly ChainProblem[];
}

export interface TrailPorts {
  readonly deployments: Pick<Deployments, 'read' | 'storedTrail'>;
}

/** Checks a deployment's stored rows against their own chain and against the head that the deployment names. */
export async function verifyTrail(ports: TrailPorts, deploymentId: string): Promise<TrailReport> {
  const before = await headOf(ports, deploymentId);
  const rows = await ports.deployments.storedTrail(deploymentId);
  if (!before && rows.length === 0) throw new DeploymentNotFound(deploymentId);
  // A release may append rows during this read, so rows up to the later head are valid.
  const after = await headOf(ports, deploymentId);
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

async function headOf({ deployments }: TrailPorts, deploymentId: string): Promise<{ sequence: number; hash: string } | undefined> {
  const head = await deployments.read(deploymentId).catch(undefinedIf(DeploymentNotFound));
  return head && { sequence: head.sequence, hash: head.headHash };
}
