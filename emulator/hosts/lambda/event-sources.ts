import type { HostContext, HostedResource, TemplateResource } from '../host.ts';
import { type Mapping, mappingOf } from './mapping.ts';
import { parseName } from './names.ts';
import { QueueSource } from './queue-source.ts';
import type { LambdaService } from './service.ts';
import { StreamSource } from './stream-source.ts';
import type { FunctionConfiguration } from './types.ts';

interface Source {
  wake(): void;
  stop(): void;
}

/** The queues and streams that functions get their events from. */
export class EventSources {
  readonly #service: LambdaService;
  readonly #watch: (streamArn: string, listener: () => void) => () => void;
  readonly #sources = new Map<string, Source[]>();
  readonly #unwatch: (() => void)[] = [];
  #started = false;

  constructor(service: LambdaService, watch: (streamArn: string, listener: () => void) => () => void) {
    this.#service = service;
    this.#watch = watch;
  }

  async create(resource: TemplateResource): Promise<HostedResource> {
    const mapping = mappingOf(resource);
    const { name, qualifier } = parseName(mapping.functionName);
    const { configuration } = this.#service.versions.find(name, qualifier);
    if (isQueue(mapping)) await refuseShortVisibility(this.#service.context, mapping, configuration);
    if (mapping.enabled) this.#add(mapping);
    return { ref: mapping.id, attributes: { Id: mapping.id } };
  }

  wake(sourceArn: string): void {
    if (this.#started) for (const source of this.#sources.get(sourceArn) ?? []) source.wake();
  }

  start(): void {
    this.#started = true;
    for (const sourceArn of this.#sources.keys()) this.wake(sourceArn);
  }

  stop(): void {
    for (const unwatch of this.#unwatch) unwatch();
    for (const source of [...this.#sources.values()].flat()) source.stop();
  }

  #add(mapping: Mapping): void {
    const { sourceArn } = mapping;
    const source = isQueue(mapping) ? new QueueSource(this.#service, mapping) : new StreamSource(this.#service, mapping);
    if (!isQueue(mapping)) this.#unwatch.push(this.#watch(sourceArn, () => this.wake(sourceArn)));
    this.#sources.set(sourceArn, [...(this.#sources.get(sourceArn) ?? []), source]);
  }
}

const isQueue = ({ sourceArn }: Mapping) => sourceArn.split(':')[2] === 'sqs';

/**
 * A message that returns while its function still runs would be processed twice. AWS refuses this configuration too.
 */
async function refuseShortVisibility(
  context: HostContext,
  { sourceArn, functionName }: Mapping,
  { Role, Timeout }: FunctionConfiguration,
): Promise<void> {
  const name = sourceArn.split(':').at(-1);
  const body = JSON.stringify({ QueueUrl: `${context.endpoint}/${context.account}/${name}`, AttributeNames: ['VisibilityTimeout'] });
  const reply = await context.call(Role, { service: 'sqs', operation: 'GetQueueAttributes', body });
  if (reply.status !== 200) throw new Error(`the queue ${name} cannot be read: ${reply.body}`);
  const visible = Number(JSON.parse(String(reply.body)).Attributes.VisibilityTimeout);
  if (visible < Timeout)
    throw new Error(
      `Queue visibility timeout: ${visible} seconds is less than Function timeout: ${Timeout} seconds: queue ${name}, function ${functionName}`,
    );
}
