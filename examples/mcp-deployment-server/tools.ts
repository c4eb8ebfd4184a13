import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import * as z from 'zod';
import type { ArtifactReference, Environment, Service, UserRequest } from './environment.ts';

export interface Check {
  readonly name: string;
  readonly requests: readonly (UserRequest & { readonly expectBody?: string })[];
}

export interface DeploymentServerOptions {
  readonly environments: readonly Environment[];
  readonly checks: readonly Check[];
  /** Fetches an artifact and starts it. Throws if its digest is another one. */
  readonly start: (artifact: ArtifactReference) => Promise<Service>;
  /** The seconds from a deployment's start until it serves. */
  readonly deploySeconds?: number;
  /** Runs before each tool. If it throws, the tool returns that error. */
  readonly before?: (tool: string) => void;
}

const environment = z.enum(['staging', 'production']);
const threshold = z.number().optional();

/** The arguments of docs/reference/mcp-servers.md (R-TELL-5) and no others. */
const inputs = {
  deploy_application: z.strictObject({
    environment,
    preChecks: z.boolean().default(true),
    strategy: z.enum(['rolling', 'blue-green', 'canary', 'a-b', 'recreate']).default('rolling'),
    dryRun: z.boolean().default(false),
    config: z.strictObject({ healthCheckUrl: z.string(), parallelism: z.number(), timeout: z.number() }).partial().optional(),
  }),
  validate_deployment: z.strictObject({ environment, checks: z.array(z.string()), timeout: z.number().optional() }),
  monitor_deployment_health: z.strictObject({
    environment,
    duration: z.number().positive(),
    interval: z.number().positive(),
    alertThresholds: z.strictObject({ errorRate: threshold, responseTime: threshold, cpuUsage: threshold, memoryUsage: threshold }),
    notifyOnIssue: z.boolean(),
  }),
  rollback_deployment: z.strictObject({ environment, reason: z.string().min(1), preserveData: z.boolean(), force: z.boolean() }),
};

const meta = z.looseObject({
  'sluice/requestId': z.string(),
  'sluice/version': z.string(),
  'sluice/artifact': z.object({ bucket: z.string(), key: z.string(), digest: z.string() }).optional(),
});

const said = (reply: object) => ({ content: [{ type: 'text' as const, text: JSON.stringify(reply) }] });

/** Makes an MCP server with the four deployment tools (R-TELL-5) over some environments. */
export function deploymentServer(options: DeploymentServerOptions): McpServer {
  const server = new McpServer({ name: 'example-deployment-server', version: '1.0.0' });
  const of = (name: string) => options.environments.find((known) => known.name === name) as Environment;
  const seconds = options.deploySeconds ?? 0;

  server.registerTool('deploy_application', { inputSchema: inputs.deploy_application }, async (asked, { _meta }) => {
    options.before?.('deploy_application');
    const { 'sluice/requestId': requestId, 'sluice/version': version, 'sluice/artifact': artifact } = meta.parse(_meta);
    if (!artifact) throw new Error('_meta names no artifact');
    if (asked.dryRun) {
      await options.start(artifact);
      return said({ success: true, version, deploymentId: 'dry-run' });
    }
    const { deploymentId } = await of(asked.environment).deploy(requestId, version, seconds, () => options.start(artifact));
    return said({ success: true, version, deploymentId, environment: asked.environment, rollbackAvailable: true });
  });

  server.registerTool('rollback_deployment', { inputSchema: inputs.rollback_deployment }, async (asked, { _meta }) => {
    options.before?.('rollback_deployment');
    const target = of(asked.environment);
    const { previous } = target;
    if (!previous) throw new Error('no earlier version exists, so a rollback is impossible');
    const { 'sluice/requestId': requestId } = meta.parse(_meta);
    const { deploymentId, version } = await target.deploy(requestId, previous.version, 0, async () => previous.service, true);
    return said({ success: true, rollbackId: deploymentId, version, rolledBackTo: { deploymentId: previous.deploymentId, version } });
  });

  server.registerTool('validate_deployment', { inputSchema: inputs.validate_deployment }, async (asked) => {
    options.before?.('validate_deployment');
    const service = of(asked.environment).current?.service;
    const wanted = options.checks.filter(({ name }) => asked.checks.includes(name));
    const checks = await Promise.all(wanted.map((check) => run(check, service)));
    return said({ success: checks.every(({ status }) => status === 'passed'), checks });
  });

  server.registerTool('monitor_deployment_health', { inputSchema: inputs.monitor_deployment_health }, async (asked) => {
    options.before?.('monitor_deployment_health');
    const target = of(asked.environment);
    const { latest, previous } = target;
    return said({
      success: true,
      deploymentId: latest?.deploymentId,
      version: latest?.version,
      previousVersion: previous?.version,
      status: target.isMoving ? 'in-progress' : latest?.isRollback ? 'rolled-back' : 'success',
      monitoringPeriod: { duration: asked.duration },
      metrics: target.look(asked.duration),
    });
  });
  return server;
}

async function run({ name, requests }: Check, service: Service | undefined) {
  const wrong: string[] = [];
  for (const { expectBody = '', ...request } of requests) {
    const { status, body } = (await service?.(request)) ?? { status: 503, body: '' };
    if (status !== 200 || !body.includes(expectBody)) wrong.push(`${request.method} ${request.path} returned ${status}`);
  }
  return { name, category: name, status: wrong.length > 0 ? 'failed' : 'passed', message: wrong.join('; '), duration: 0 };
}
