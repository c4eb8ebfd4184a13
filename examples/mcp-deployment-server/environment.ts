export interface ArtifactReference {
  readonly bucket: string;
  readonly key: string;
  readonly digest: string;
}

export interface UserRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
}

export interface UserResponse {
  readonly status: number;
  readonly body: string;
}

/** One started release of the service. */
export type Service = (request: UserRequest) => Promise<UserResponse>;

export interface Deployment {
  readonly deploymentId: string;
  readonly version: string;
  readonly service: Service;
  /** The time when it begins to serve, in epoch milliseconds. */
  readonly servesFromMs: number;
  readonly isRollback: boolean;
}

interface Served {
  readonly atMs: number;
  readonly deploymentId: string;
  readonly failed: boolean;
  readonly durationMs: number;
}

/** One environment with its deployments in order. The last one that has arrived serves. */
export class Environment {
  readonly name: string;
  readonly #now: () => number;
  readonly #deployments: Deployment[] = [];
  readonly #byRequest = new Map<string, Deployment>();
  readonly #served: Served[] = [];

  constructor(name: string, now: () => number) {
    this.name = name;
    this.#now = now;
  }

  /** The number of changes that really happened: deployments and rollbacks. */
  get changes(): number {
    return this.#deployments.length;
  }

  get current(): Deployment | undefined {
    return this.#deployments.findLast(({ servesFromMs }) => servesFromMs <= this.#now());
  }

  /** The deployment that serves, or that will serve next. */
  get latest(): Deployment | undefined {
    return this.#deployments.at(-1);
  }

  get isMoving(): boolean {
    return this.latest !== this.current;
  }

  /** The deployment to which a rollback returns: the last one of another version. */
  get previous(): Deployment | undefined {
    return this.#deployments.findLast(({ version }) => version !== this.latest?.version);
  }

  /** Deploys once for each request id. If the id comes again, it returns the same deployment. */
  async deploy(
    requestId: string,
    version: string,
    seconds: number,
    start: () => Promise<Service>,
    isRollback = false,
  ): Promise<Deployment> {
    const known = this.#byRequest.get(requestId);
    if (known) return known;
    const servesFromMs = this.#now() + seconds * 1000;
    const deployment = {
      deploymentId: `${this.name}-${this.#deployments.length + 1}`,
      version,
      service: await start(),
      servesFromMs,
      isRollback,
    };
    this.#byRequest.set(requestId, deployment);
    this.#deployments.push(deployment);
    return deployment;
  }

  async serve(request: UserRequest): Promise<UserResponse> {
    const { current } = this;
    if (!current) return { status: 503, body: 'nothing is deployed' };
    const startedMs = performance.now();
    const response = await current.service(request);
    const { deploymentId } = current;
    this.#served.push({ atMs: this.#now(), deploymentId, failed: response.status >= 500, durationMs: performance.now() - startedMs });
    return response;
  }

  /** Counts the responses of the serving version in the last seconds. */
  look(seconds: number) {
    const sinceMs = this.#now() - seconds * 1000;
    const seen = this.#served.filter(({ atMs, deploymentId }) => atMs > sinceMs && deploymentId === this.current?.deploymentId);
    const errors = seen.filter(({ failed }) => failed).length;
    return {
      requests: seen.length,
      errors,
      errorRate: seen.length === 0 ? 0 : (100 * errors) / seen.length,
      avgResponseTime: seen.length === 0 ? 0 : seen.reduce((sum, { durationMs }) => sum + durationMs, 0) / seen.length,
      requestRate: seen.length / seconds,
    };
  }
}
