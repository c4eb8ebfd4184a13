import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly query: string;
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** Serves range queries like Prometheus: a value per step if it has one, `bad_data` if it cannot parse the query. */
export class PrometheusServer {
  readonly asked: Asked[] = [];
  /** Checks every request as it came, for example its signature, and returns why it is refused. */
  check: (request: IncomingMessage, body: string) => string | undefined = () => undefined;
  /** The value of a query at an instant in seconds; undefined if there is no sample. */
  value: (query: string, seconds: number) => number | string | undefined = () => undefined;
  /** If set, the server returns this to every request. */
  instead: { status: number; body: string } | undefined;
  series = 1;
  readonly #server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      const { status, text } = this.#answer(request, body);
      response.writeHead(status, { 'content-type': 'application/json' }).end(text);
    });
  });

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/workspaces/ws-1`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #answer(request: IncomingMessage, body: string): { status: number; text: string } {
    const refused = this.check(request, body);
    if (refused) return { status: 403, text: JSON.stringify({ message: refused }) };
    if (this.instead) return { status: this.instead.status, text: this.instead.body };
    const form = new URLSearchParams(body);
    const asked = {
      query: form.get('query') ?? '',
      start: Number(form.get('start')),
      end: Number(form.get('end')),
      step: Number(form.get('step')),
    };
    this.asked.push(asked);
    if (request.url !== '/workspaces/ws-1/api/v1/query_range') return { status: 404, text: '404 page not found' };
    if (asked.query.includes('{{')) {
      return { status: 400, text: JSON.stringify({ status: 'error', errorType: 'bad_data', error: 'parse error: unexpected "{"' }) };
    }
    return { status: 200, text: JSON.stringify({ status: 'success', data: { resultType: 'matrix', result: this.#result(asked) } }) };
  }

  #result({ query, start, end, step }: Asked) {
    const times = Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, index) => start + index * step);
    const values = times.flatMap((at) => {
      const value = this.value(query, at);
      return value === undefined ? [] : [[at, String(value)]];
    });
    return values.length === 0 ? [] : Array.from({ length: this.series }, (_, index) => ({ metric: { instance: String(index) }, values }));
  }
}
