import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { EnvironmentName } from '#policy/policy';
import { nextRequest } from '../../examples/storefront/traffic.ts';

export interface Served {
  readonly requests: number;
  readonly failed: number;
}

/** The most requests at once: real users wait for a response, and a slow machine must not be flooded. */
const MOST_IN_FLIGHT = 10;

/** Sends steady traffic through an alias, as users would. Counts the responses itself, independent of any metric. */
export class Traffic {
  readonly #lambda: LambdaClient;
  readonly #functionName: string;
  readonly #environment: EnvironmentName;
  readonly #random: () => number;
  #requests = 0;
  #failed = 0;
  #timer: NodeJS.Timeout | undefined;
  #inFlight = new Set<Promise<void>>();

  constructor(lambda: LambdaClient, functionName: string, environment: EnvironmentName, random: () => number) {
    this.#lambda = lambda;
    this.#functionName = functionName;
    this.#environment = environment;
    this.#random = random;
  }

  start(requestsPerSecond: number): void {
    this.#timer = setInterval(() => {
      if (this.#inFlight.size >= MOST_IN_FLIGHT) return;
      const sent = this.#send().finally(() => this.#inFlight.delete(sent));
      this.#inFlight.add(sent);
    }, 1000 / requestsPerSecond);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#inFlight);
  }

  served = (): Served => ({ requests: this.#requests, failed: this.#failed });

  async #send(): Promise<void> {
    const { event } = nextRequest(this.#environment, this.#random);
    const command = new InvokeCommand({ FunctionName: this.#functionName, Qualifier: 'live', Payload: Buffer.from(JSON.stringify(event)) });
    const ok = await this.#lambda.send(command).then(
      ({ FunctionError, Payload }) => !FunctionError && statusOf(Payload) < 500,
      () => false,
    );
    this.#requests++;
    if (!ok) this.#failed++;
  }
}

const statusOf = (payload: Uint8Array | undefined): number =>
  JSON.parse(Buffer.from(payload ?? []).toString('utf8') || '{}').statusCode ?? 502;
