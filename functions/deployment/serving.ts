import type { Deployment } from './deployment.ts';

/** Returns the commit that production serves by our record: the newest release that got and kept all traffic. */
export function servingCommit(deployments: readonly Deployment[]): string | undefined {
  const serving = deployments.filter(({ production }) => {
    if (!production || production.rollback) return false;
    return production.result === 'Succeeded' || (!production.result && production.phase !== 'bake');
  });
  serving.sort((a, b) => ((a.production?.startedAt ?? '') < (b.production?.startedAt ?? '') ? 1 : -1));
  return serving[0]?.fix?.commit;
}
