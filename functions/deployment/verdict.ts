import * as z from 'zod';

/** Three values everywhere; only Successful passes (R-CORE-2, after docs/features/analysis.md of `argo-rollouts`). */
export const verdictValues = ['Successful', 'Failed', 'Inconclusive'] as const;
export const verdictSchema = z.enum(verdictValues);
export type Verdict = z.infer<typeof verdictSchema>;

/** Combines verdicts: any Failed fails, else any Inconclusive is Inconclusive. No verdict at all is Inconclusive. */
export function combineVerdicts(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('Failed')) return 'Failed';
  return verdicts.length === 0 || verdicts.includes('Inconclusive') ? 'Inconclusive' : 'Successful';
}
