import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../clock/clock.ts';
import type { Metrics } from '../lambda/types.ts';
import { countRequest, forward } from './forward.ts';
import type { TargetGroup } from './target-group.ts';

/** Shares of the traffic by target group. */
export type Weights = ReadonlyMap<TargetGroup, number>;

/** Sends each request by the smoothest mixture of the weights, so that 10 of 100 requests are 10, not about 10. */
export class Rule {
  readonly arn: string;
  #weights: Weights;
  #credit = new Map<TargetGroup, number>();

  constructor(arn: string, weights: Weights) {
    this.arn = arn;
    this.#weights = weights;
  }

  route(weights: Weights): void {
    this.#weights = weights;
    this.#credit = new Map();
  }

  next(): TargetGroup | undefined {
    const total = [...this.#weights.values()].reduce((sum, weight) => sum + weight, 0);
    let chosen: TargetGroup | undefined;
    for (const [group, weight] of this.#weights) {
      this.#credit.set(group, (this.#credit.get(group) ?? 0) + weight);
      if (weight > 0 && (!chosen || this.#creditOf(group) > this.#creditOf(chosen))) chosen = group;
    }
    if (chosen) this.#credit.set(chosen, this.#creditOf(chosen) - total);
    return chosen;
  }

  #creditOf(group: TargetGroup): number {
    return this.#credit.get(group) ?? 0;
  }
}

/** One port of a balancer; its one rule, or else its default action, says where requests go. */
export class Listener {
  readonly arn: string;
  readonly standard: Rule;
  readonly rules: Rule[] = [];
  readonly #server: Server;
  readonly #clock: Clock;
  readonly #metrics: Metrics;

  constructor(arn: string, standard: Rule, clock: Clock, metrics: Metrics) {
    this.arn = arn;
    this.standard = standard;
    this.#clock = clock;
    this.#metrics = metrics;
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    return closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const release = this.#clock.hold(`balancer ${request.method} ${request.url}`);
    const group = (this.rules[0] ?? this.standard).next();
    const startedMs = performance.now();
    const forwarded = await forward(group, request, response);
    if (group) countRequest(this.#metrics, this.#clock, group, forwarded, (performance.now() - startedMs) / 1000);
    // Reads the target's log of this request in the same turn, before virtual time may move on.
    setImmediate(release);
  }
}
