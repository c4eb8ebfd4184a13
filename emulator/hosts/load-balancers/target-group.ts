import { get } from 'node:http';
import type { Clock } from '../../clock/clock.ts';

/** How a target group asks its targets whether they are well. */
export interface HealthCheck {
  readonly path: string;
  readonly intervalSeconds: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  readonly codes: readonly number[];
}

export type TargetState = 'initial' | 'healthy' | 'unhealthy' | 'draining';

interface Target {
  readonly id: string;
  readonly port: number;
  readonly onChange: () => void;
  state: TargetState;
  inFlight: number;
  inARow: { passed: number; failed: number };
  cancel?: () => void;
}

const LONGEST_CHECK_MS = 5_000;

/** Processes that take requests in turn while their health check passes. One that leaves finishes its requests. */
export class TargetGroup {
  readonly arn: string;
  readonly #clock: Clock;
  readonly #check: HealthCheck;
  readonly #drainSeconds: number;
  readonly #targets = new Map<string, Target>();
  readonly #whenIdle = new Map<string, () => void>();
  #turn = 0;

  constructor(arn: string, clock: Clock, check: HealthCheck, drainSeconds: number) {
    this.arn = arn;
    this.#clock = clock;
    this.#check = check;
    this.#drainSeconds = drainSeconds;
  }

  register(id: string, port: number, onChange: () => void): void {
    const target: Target = { id, port, onChange, state: 'initial', inFlight: 0, inARow: { passed: 0, failed: 0 } };
    this.#targets.set(id, target);
    void this.#ask(target);
  }

  /** Sends nothing new to a target; `drained` is called when its last request is answered, or the delay is over. */
  deregister(id: string, drained: () => void): void {
    const target = this.#targets.get(id);
    target?.cancel?.();
    if (!target || target.inFlight === 0) {
      this.#targets.delete(id);
      drained();
      return;
    }
    target.state = 'draining';
    const leave = () => {
      target.cancel?.();
      if (this.#targets.delete(id)) drained();
    };
    target.cancel = this.#clock.at(this.#clock.nowMs() + this.#drainSeconds * 1000, leave);
    this.#whenIdle.set(id, leave);
  }

  stateOf(id: string): TargetState | undefined {
    return this.#targets.get(id)?.state;
  }

  /** Takes the next healthy target for one request; the returned function ends it. */
  take(): { port: number; done: () => void } | undefined {
    const healthy = [...this.#targets.values()].filter(({ state }) => state === 'healthy');
    const target = healthy[this.#turn++ % Math.max(1, healthy.length)];
    if (!target) return undefined;
    target.inFlight++;
    return { port: target.port, done: () => this.#ended(target) };
  }

  close(): void {
    for (const { cancel } of this.#targets.values()) cancel?.();
    this.#targets.clear();
  }

  #ended(target: Target): void {
    if (--target.inFlight > 0) return;
    this.#whenIdle.get(target.id)?.();
    this.#whenIdle.delete(target.id);
  }

  async #ask(target: Target): Promise<void> {
    const release = this.#clock.hold(`health check of ${target.id}`);
    const passed = await answers(target.port, this.#check);
    if (this.#targets.get(target.id) === target && target.state !== 'draining') {
      this.#count(target, passed);
      target.cancel = this.#clock.at(this.#clock.nowMs() + this.#check.intervalSeconds * 1000, () => void this.#ask(target));
    }
    release();
  }

  #count(target: Target, passed: boolean): void {
    target.inARow = passed ? { passed: target.inARow.passed + 1, failed: 0 } : { passed: 0, failed: target.inARow.failed + 1 };
    const before = target.state;
    if (target.inARow.passed >= this.#check.healthyThreshold) target.state = 'healthy';
    if (target.inARow.failed >= this.#check.unhealthyThreshold) target.state = 'unhealthy';
    if (target.state !== before) target.onChange();
  }
}

/** True if a process passes its health check in real time. Virtual time stands still meanwhile. */
function answers(port: number, { path, codes }: HealthCheck): Promise<boolean> {
  return new Promise((resolve) => {
    const headers = { 'user-agent': 'ELB-HealthChecker/2.0' };
    const request = get({ host: '127.0.0.1', port, path, headers, timeout: LONGEST_CHECK_MS, agent: false }, (response) => {
      response.resume();
      response.once('close', () => resolve(codes.includes(response.statusCode ?? 0)));
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
  });
}
