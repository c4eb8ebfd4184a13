import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const { behaviour, text } = JSON.parse(readFileSync(new URL('./release.json', import.meta.url), 'utf8'));
if (behaviour === 'crashes') process.exit(1);

const { ECS_CONTAINER_METADATA_URI_V4, SERVICE = 'local', PORT } = process.env;
const { Labels } = await (await fetch(ECS_CONTAINER_METADATA_URI_V4)).json();
const TaskDefinition = `${Labels['com.amazonaws.ecs.task-definition-family']}:${Labels['com.amazonaws.ecs.task-definition-version']}`;

const metric = (Name, Unit) => ({ Name, Unit, StorageResolution: 1 });
const Metrics = [
  metric('Requests', 'Count'),
  metric('Errors', 'Count'),
  metric('Latency', 'Milliseconds'),
  metric('MemoryPercent', 'Percent'),
  metric('Exceptions', 'Count'),
];

/** Logs one request in CloudWatch's embedded metric format before the reply. Probes do not count. */
function measure(status, durationMs) {
  const CloudWatchMetrics = [{ Namespace: 'Sluice/Service', Dimensions: [['Service', 'TaskDefinition']], Metrics }];
  const MemoryPercent = (100 * process.memoryUsage.rss()) / (512 * 1024 * 1024);
  const values = { Requests: 1, Errors: status >= 500 ? 1 : 0, Latency: durationMs, MemoryPercent, Exceptions: 0 };
  console.log(JSON.stringify({ _aws: { Timestamp: Date.now(), CloudWatchMetrics }, Service: SERVICE, TaskDefinition, ...values }));
}

const statusOf = (url) => {
  if (behaviour === 'unhealthy' && url === '/health') return 500;
  return behaviour === 'weak' && url === '/awkward' ? 500 : 200;
};

createServer((request, response) => {
  const startedMs = performance.now();
  const status = statusOf(request.url);
  if (!/^(?:sluice-probe|ELB-HealthChecker)/.test(request.headers['user-agent'] ?? '')) measure(status, performance.now() - startedMs);
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ text, served: TaskDefinition }));
}).listen(Number(PORT), '127.0.0.1');
