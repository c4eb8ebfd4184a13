import type { LambdaClient } from '@aws-sdk/client-lambda';
import { SignatureV4 } from '@smithy/signature-v4';
import type { SigV4 } from './endpoint.ts';

export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** The credentials, region and hash that sign a request: any SDK client's resolved configuration. */
export type Signer = Pick<LambdaClient['config'], 'credentials' | 'region' | 'sha256'>;

/** Makes a fetch that signs each request with AWS Signature Version 4, including body and session headers. */
export function signedFetch(
  { credentials, region, sha256 }: Signer,
  { service, region: named }: Omit<SigV4, 'kind'>,
  now: () => Date,
): Fetch {
  const signature = new SignatureV4({ service, region: named ?? region, credentials, sha256 });
  return async (url, init = {}) => {
    const target = new URL(url);
    const headers = Object.fromEntries(new Headers(init.headers));
    const request = {
      method: init.method ?? 'GET',
      protocol: target.protocol,
      hostname: target.hostname,
      port: target.port === '' ? undefined : Number(target.port),
      path: target.pathname,
      query: queryOf(target),
      headers: { ...headers, host: target.host },
      body: init.body ?? undefined,
    };
    const signed = await signature.sign(request, { signingDate: now() });
    return fetch(target, { ...init, headers: signed.headers });
  };
}

/** Keeps all values of a repeated name. */
function queryOf({ searchParams }: URL): Record<string, string[]> {
  return Object.fromEntries([...new Set(searchParams.keys())].map((name) => [name, searchParams.getAll(name)]));
}
