import type { HostedResource, TemplateResource } from '../host.ts';
import { type Mapping, mappingOf } from './mapping.ts';
import { parseName } from './names.ts';
import { QueueSource } from './queue-source.ts';
import type { LambdaService } from './service.ts';
import { StreamSource } from './stream-source.ts';

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

  create(resource: TemplateResource): HostedResource {
    const mapping = mappingOf(resource);
    const { name, qualifier } = parseName(mapping.functionName);
    this.#service.versions.find(name, qualifier);
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
    const isQueue = sourceArn.split(':')[2] === 'sqs';
    const source = isQueue ? new QueueSource(this.#service, mapping) : new StreamSource(this.#service, mapping);
    if (!isQueue) this.#unwatch.push(this.#watch(sourceArn, () => this.wake(sourceArn)));
    this.#sources.set(sourceArn, [...(this.#sources.get(sourceArn) ?? []), source]);
  }
}
