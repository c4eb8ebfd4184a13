import * as z from 'zod';

/** Three values everywhere; only Successful passes (Argo Rollouts, docs/features/analysis.md; DESIGN section 2). */
export const verdictValues = ['Successful', 'Failed', 'Inconclusive'] as const;
export const verdictSchema = z.enum(verdictValues);
export type Verdict = z.infer<typeof verdictSchema>;

/** Combines verdicts: any Failed fails, otherwise any Inconclusive is Inconclusive; nothing at all is Inconclusive. */
export function combineVerdicts(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('Failed')) return 'Failed';
  return verdicts.length === 0 || verdicts.includes('Inconclusive') ? 'Inconclusive' : 'Successful';
}
