import * as z from 'zod';
import { guidePolicy, limitsSchema } from '#policy/policy';

const probability = z.number().gt(0).lt(1);

export const judgePolicySchema = z.strictObject({
  /** `literal`: one poll over the limit rolls back, and evidence only earlier. `sequential`: evidence alone decides. */
  judgeBy: z.enum(['literal', 'sequential']).default('literal'),
  limits: limitsSchema,
  /** Highest share of good releases that are rolled back, over all metrics and polls (Ville's inequality). */
  alpha: probability.default(0.02),
  /** A candidate up to this many times worse than the baseline is tolerated while it keeps the limits. */
  tolerance: z.number().min(1).default(1.25),
  /** Planned length of the watch. The probability of a false alarm is spread over it. */
  horizonSeconds: z.number().positive().default(1_800),
  /** Data older than this is stale. An interval that arrives late shows nothing. */
  staleSeconds: z.number().positive().default(120),
});
export type JudgePolicy = z.infer<typeof judgePolicySchema>;

/** The production limits of the default policy, read as written: any poll over them (R-WATCH-3). */
export const literalPolicy: JudgePolicy = judgePolicySchema.parse({ limits: guidePolicy.production.limits });

/** The same limits, enforced when the data show the breach. */
export const sequentialPolicy: JudgePolicy = { ...literalPolicy, judgeBy: 'sequential' };
