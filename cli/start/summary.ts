import type { Deployment } from '#deployment/deployment';
import { deployments } from '#services';
import { healthChart } from '../chart.ts';
import { printTable } from '../table.ts';
import type { Served } from './traffic.ts';

export interface Line {
  readonly label: string;
  readonly deployment: Deployment;
  /** The responses that production's users got during this deployment. */
  readonly production: Served;
}

/** Prints the table at the end of the run. Each number in it was measured in this run. */
export function printSummary(lines: readonly Line[]): void {
  console.log('');
  printTable(
    lines.map(({ label, deployment, production }) => ({
      '': label,
      issue: deployment.issue.title.slice(0, 44),
      score: score(deployment),
      decision: decided(deployment),
      'time per stage': stages(deployment),
      'failed/requests': `${production.failed}/${production.requests}`,
      outcome: deployment.outcome ?? deployment.status,
    })),
  );
  console.log('');
  for (const { label, deployment } of lines) {
    const parts = (deployment.decision?.scoreParts ?? []).map(
      ({ rule, hundredths }) => `${rule} ${hundredths > 0 ? '+' : ''}${hundredths}`,
    );
    console.log(`${label}  ${deployment.id}: ${deployment.outcomeReason ?? ''}\n    score: ${parts.join(', ')}`);
  }
}

/** Draws the watch that ended in each rollback, with the moment of the verdict. */
export async function printRollbacks(lines: readonly Line[]): Promise<void> {
  for (const { label, deployment } of lines.filter((line) => line.deployment.outcome === 'RolledBack')) {
    console.log(`\n${label}  why it was rolled back (also: npx sluice why ${deployment.id})`);
    console.log(healthChart(deployment, await deployments().trail(deployment.id)).join('\n'));
  }
}

const score = ({ decision }: Deployment) => (decision ? (decision.scoreHundredths / 100).toFixed(2) : '');

const decided = ({ decision }: Deployment) =>
  `${decision?.requirement ?? ''}${decision?.gates.length ? `: ${decision.gates.map(({ gate }) => gate).join(', ')}` : ''}`;

function stages({ stages: all, updatedAt }: Deployment): string {
  return all
    .map(
      ({ stage, startedAt, endedAt }) => `${stage} ${Math.round((Date.parse(endedAt ?? updatedAt) - Date.parse(startedAt)) / 100) / 10} s`,
    )
    .join(', ');
}
