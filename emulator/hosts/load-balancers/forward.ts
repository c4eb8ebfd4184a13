import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { Clock } from '../../clock/clock.ts';
import type { Metrics } from '../lambda/types.ts';
import type { TargetGroup } from './target-group.ts';

const HOP_BY_HOP = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade'];

/** The result of one forwarded request: the status that the client got, and who made it. */
interface Forwarded {
  readonly status: number;
  readonly by: 'target' | 'balancer';
}

/** Hands a request to a healthy target of the group and its answer back; 503 without one, 502 when it breaks off. */
export async function forward(group: TargetGroup | undefined, incoming: IncomingMessage, outgoing: ServerResponse): Promise<Forwarded> {
  const target = group?.take();
  if (!target) return refuse(outgoing, incoming, 503);
  try {
    return { status: await pipe(target.port, incoming, outgoing), by: 'target' };
  } catch {
    return outgoing.headersSent ? { status: 502, by: 'balancer' } : refuse(outgoing, incoming, 502);
  } finally {
    target.done();
  }
}

function refuse(outgoing: ServerResponse, incoming: IncomingMessage, status: 502 | 503): Forwarded {
  incoming.resume();
  outgoing
    .writeHead(status, { 'content-type': 'text/html' })
    .end(status === 503 ? '503 Service Temporarily Unavailable' : '502 Bad Gateway');
  return { status, by: 'balancer' };
}

function pipe(port: number, incoming: IncomingMessage, outgoing: ServerResponse): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = Object.fromEntries(Object.entries(incoming.headers).filter(([name]) => !HOP_BY_HOP.includes(name)));
    const { method, url: path } = incoming;
    const passed = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
      answer.once('error', reject);
      answer.once('close', () => (answer.complete ? resolve(answer.statusCode ?? 502) : reject(new Error('the target broke off'))));
    });
    passed.once('error', reject);
    incoming.pipe(passed);
  });
}

/** Counts a request as the balancer's own metrics do, by target group. */
export function countRequest(metrics: Metrics, clock: Clock, group: TargetGroup, { status, by }: Forwarded, seconds: number): void {
  const TargetGroup = group.arn.split(':').at(-1) as string;
  const put = (name: string, value: number) =>
    metrics.put({ namespace: 'AWS/ApplicationELB', name, dimensions: { TargetGroup }, values: [value], atMs: clock.nowMs() });
  put('RequestCount', 1);
  if (by === 'target') put('TargetResponseTime', seconds);
  if (status >= 500) put(by === 'target' ? 'HTTPCode_Target_5XX_Count' : 'HTTPCode_ELB_5XX_Count', 1);
}
