import type { Deployment } from './deployment.ts';

/** The commit that production serves, as far as our own record goes: the newest release that got all traffic and kept it. */
export function servingCommit(deployments: readonly Deployment[]): string | undefined {
  const serving = deployments.filter(({ production }) => {
    if (!production || production.rollback) return false;
    return production.result === 'Succeeded' || (!production.result && production.phase !== 'bake');
  });
  serving.sort((a, b) => ((a.production?.startedAt ?? '') < (b.production?.startedAt ?? '') ? 1 : -1));
  return serving[0]?.fix?.commit;
}
