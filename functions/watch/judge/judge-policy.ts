import * as z from 'zod';
import { guidePolicy, limitsSchema } from '#policy/policy';

const probability = z.number().gt(0).lt(1);

export const judgePolicySchema = z.strictObject({
  /** `literal`: one poll over the limit rolls back, evidence only earlier; `sequential`: by evidence alone. */
  judgeBy: z.enum(['literal', 'sequential']).default('literal'),
  limits: limitsSchema,
  /** How often at most a good release may be rolled back, over all metrics and every look (Ville's inequality). */
  alpha: probability.default(0.02),
  /** How many times worse than the baseline is still tolerated while the limits are kept. */
  tolerance: z.number().min(1).default(1.25),
  /** How long the watch is planned to last: what the probability of a false alarm is spread over. */
  horizonSeconds: z.number().positive().default(1_800),
  /** Data older than this many seconds is stale; an interval that arrives late says nothing. */
  staleSeconds: z.number().positive().default(120),
});
export type JudgePolicy = z.infer<typeof judgePolicySchema>;

/** The guide's production limits, read as written: any poll over them. */
export const literalPolicy: JudgePolicy = judgePolicySchema.parse({ limits: guidePolicy.production.limits });

/** The same limits, enforced when the data show the breach. */
export const sequentialPolicy: JudgePolicy = { ...literalPolicy, judgeBy: 'sequential' };
