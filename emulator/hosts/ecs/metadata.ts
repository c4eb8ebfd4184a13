import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Task } from './tasks.ts';

/** The task metadata endpoint (version 4). A container finds its task definition there. */
export class Metadata {
  readonly #server: Server;
  #port = 0;

  constructor(taskOf: (id: string) => Task | undefined) {
    this.#server = createServer((request, response) => {
      const [, , id = ''] = (request.url ?? '').split('/');
      const task = taskOf(id);
      response.writeHead(task ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(task ? metadataOf(task) : {}));
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  uriOf = (taskId: string): string => `http://127.0.0.1:${this.#port}/v4/${taskId}`;

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }
}

function metadataOf({ id, definition: { container, family, revision, arn } }: Task) {
  const labels = { 'task-definition-family': family, 'task-definition-version': String(revision), 'container-name': container.name };
  return {
    DockerId: id,
    Name: container.name,
    Image: container.image,
    ImageID: container.image.split('@')[1],
    Labels: Object.fromEntries(
      Object.entries({ ...labels, 'task-arn': `${arn.split(':task-definition/')[0]}:task/${id}` }).map(([name, value]) => [
        `com.amazonaws.ecs.${name}`,
        value,
      ]),
    ),
  };
}
