import type { Clock } from '../clock/clock.ts';

/** A call to the endpoint, after the SigV4 header has named service and caller. */
export interface ApiCall {
  readonly signingName: string;
  /**
   * From X-Amz-Target or the Action of a query body. It is empty for REST protocols, where the host reads method and
   * path.
   */
  readonly operation: string;
  readonly caller: Caller;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

/** The signer of a call: the ARN of a role of the template, or of the operator. */
export interface Caller {
  readonly arn: string;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export interface ApiReply {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body: string | Buffer;
}

/** An AWS error answer: `name` is the wire's error code. */
export class ApiError extends Error {
  readonly status: number;
  readonly fields: Record<string, unknown>;

  constructor(name: string, message: string, status = 400, fields: Record<string, unknown> = {}) {
    super(message);
    this.name = name;
    this.status = status;
    this.fields = fields;
  }
}

/** Something that a template asks for and this emulator does not host, in one or more reasons of one line each. */
export class NotHosted extends Error {
  readonly reasons: readonly string[];

  constructor(reasons: readonly string[], options?: ErrorOptions) {
    super(reasons.join('\n'), options);
    this.name = 'NotHosted';
    this.reasons = reasons;
  }
}

/** One resource of the synthesized template, its intrinsics resolved. */
export interface TemplateResource {
  readonly logicalId: string;
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation properties have no static type; each host parses its own with zod or reads them defensively
  readonly properties: any;
}

/** The values of `Ref` and `Fn::GetAtt` for a hosted resource. */
export interface HostedResource {
  readonly ref: string;
  readonly attributes: Record<string, string>;
}

/** Hosts some resource types and services on one machine. */
export interface Host {
  readonly signingNames: readonly string[];
  handle(call: ApiCall): Promise<ApiReply>;
  /** By resource type. A resource that an earlier run of the same data folder created is no error. */
  readonly resources: Record<string, (resource: TemplateResource) => Promise<HostedResource>>;
  /** Called when the whole template is created: resume work, start pollers. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** The things that every host gets from the runtime. */
export interface HostContext {
  readonly clock: Clock;
  readonly region: string;
  readonly account: string;
  /** Folder of this host's durable files; the same after a restart. */
  readonly dataDir: string;
  /** `http://127.0.0.1:port`, listening before any host is created. */
  readonly endpoint: string;
  /** Credentials by which the endpoint recognizes a role. */
  credentialsFor(callerArn: string): Credentials;
  /** Folder or zip file of a CDK asset by the object key the template names. */
  assetPath(objectKey: string): string;
  /** Starts work that no HTTP request answers for (a rule's target, a poller's batch), as the given caller. */
  call(
    callerArn: string,
    request: { service: string; operation?: string; method?: string; path?: string; headers?: Record<string, string>; body?: string },
  ): Promise<ApiReply>;
  log(line: string): void;
}
