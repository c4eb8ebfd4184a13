import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** Something that a process under test holds on to as long as it lives, by connecting to the port. */
export async function lifeLine(): Promise<{ port: string; begun: Promise<unknown>; ended: Promise<void> }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const begun = once(server, 'connection') as Promise<[Socket]>;
  const ended = begun.then(async ([socket]) => {
    await once(socket.on('error', () => undefined).resume(), 'close');
    server.close();
  });
  return { port: String((server.address() as AddressInfo).port), begun, ended };
}
