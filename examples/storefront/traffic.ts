export interface TrafficRequest {
  readonly method: string;
  readonly path: string;
  /** The payload format 2.0 event that an HTTP API would send. */
  readonly event: Record<string, unknown>;
}

type Mix = readonly { readonly share: number; readonly method: string; readonly path: string; readonly body?: string }[];

const cart = JSON.stringify({ items: [{ id: 'mug', quantity: 2 }] });

/** The requests of testers: the happy paths. */
const staging: Mix = [
  { share: 0.3, method: 'GET', path: '/products' },
  { share: 0.3, method: 'GET', path: '/products/mug' },
  { share: 0.2, method: 'POST', path: '/cart', body: cart },
  { share: 0.2, method: 'GET', path: '/search?q=mug' },
];

/**
 * The requests of real users, who also search for `100% cotton` and `théière`.
 * Some browsers send that percent sign unescaped, or encode `théière` in Latin-1.
 */
const production: Mix = [
  { share: 0.3, method: 'GET', path: '/products' },
  { share: 0.25, method: 'GET', path: '/products/teapot' },
  { share: 0.15, method: 'POST', path: '/cart', body: cart },
  { share: 0.1, method: 'GET', path: '/search?q=tray' },
  { share: 0.12, method: 'GET', path: '/search?q=100%+cotton' },
  { share: 0.08, method: 'GET', path: '/search?q=th%E9i%E8re' },
];

const mixes = { staging, production };

/** Draws the next request of an environment's users. `random` returns numbers in [0, 1). */
export function nextRequest(environment: keyof typeof mixes, random: () => number): TrafficRequest {
  const mix = mixes[environment];
  let left = random();
  const drawn = mix.find(({ share }) => {
    left -= share;
    return left < 0;
  });
  const { method, path, body } = drawn ?? (mix[0] as Mix[number]);
  return { method, path, event: eventOf(method, path, body) };
}

function eventOf(method: string, path: string, body: string | undefined): Record<string, unknown> {
  const [rawPath, rawQueryString = ''] = path.split('?');
  const http = { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'shopper' };
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString,
    headers: { 'user-agent': 'shopper' },
    requestContext: { http },
    body,
    isBase64Encoded: false,
  };
}
