import * as z from 'zod';

const healthSchema = z.enum(['healthy', 'degraded', 'unhealthy']);
const gauge = z.number().nonnegative().nullable().optional();

const refusable = { success: z.boolean().default(true), message: z.string().optional(), error: z.string().optional() };

/**
 * Replies of deploy_application and rollback_deployment.
 * `version` is the name from `_meta`, if the server keeps it.
 */
export const changeReply = z.looseObject({ ...refusable, version: z.string().optional() });

const measured = {
  /** Percent. */
  errorRate: gauge,
  /** Milliseconds. */
  avgResponseTime: gauge,
  responseTime: gauge,
  /** Per second. */
  requestRate: gauge,
  requests: z.number().int().nonnegative().nullable().optional(),
  errors: z.number().int().nonnegative().nullable().optional(),
  cpuUsage: gauge,
  memoryUsage: gauge,
};

/**
 * Reply of monitor_deployment_health: what serves, whether it still moves, and its health.
 * Numbers stand in `metrics` or at the top level.
 */
export const healthReply = z.looseObject({
  ...refusable,
  ...measured,
  deploymentId: z.string().optional(),
  version: z.string().optional(),
  previousVersion: z.string().optional(),
  healthChecksPassing: z.boolean().optional(),
  status: z.enum(['in-progress', 'success', 'failed', 'rolled-back']).optional(),
  metrics: z.looseObject(measured).optional(),
  monitoringPeriod: z.looseObject({ duration: z.number().nonnegative() }).optional(),
});
export type HealthReply = z.infer<typeof healthReply>;

/** Reply of validate_deployment: one result for the whole, and one for each check if the server has them. */
export const validationReply = z
  .looseObject({
    passed: z.boolean().optional(),
    success: z.boolean().optional(),
    overallHealth: healthSchema.optional(),
    checks: z
      .array(
        z.looseObject({
          name: z.string(),
          category: z.string().optional(),
          status: z.enum(['passed', 'failed', 'warning']),
          message: z.string().default(''),
        }),
      )
      .optional(),
    message: z.string().optional(),
  })
  .refine(({ passed, success, checks }) => (passed ?? success ?? checks) !== undefined, 'has none of passed, success and checks');
export type ValidationReply = z.infer<typeof validationReply>;
