import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export interface KnownKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const hmac = (key: Buffer | string, text: string) => createHmac('sha256', key).update(text).digest();
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

/** Says what is wrong with a request's Signature Version 4, or undefined. It computes the signature without an SDK. */
export function signatureProblem(request: IncomingMessage, body: string, key: KnownKey, service: string): string | undefined {
  const [, accessKeyId, date, region, signedFor, names, signature] = AUTHORIZATION.exec(request.headers.authorization ?? '') ?? [];
  if (!names || !date || !region) return 'it is not signed';
  if (accessKeyId !== key.accessKeyId) return `the key ${accessKeyId} is unknown`;
  if (signedFor !== service) return `it is signed for ${signedFor}`;
  const missing = ['host', 'x-amz-date', 'content-type', 'mcp-protocol-version'].filter(
    (name) => request.headers[name] && !names.split(';').includes(name),
  );
  if (missing.length > 0) return `${missing.join(', ')} is not signed`;
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://host');
  const query = [...searchParams]
    .map((pair) => pair.map(encode).join('='))
    .sort()
    .join('&');
  const headers = names
    .split(';')
    .map((name) => `${name}:${String(request.headers[name]).trim().replace(/\s+/g, ' ')}\n`)
    .join('');
  const canonical = [
    request.method,
    pathname
      .split('/')
      .map((part) => encode(decodeURIComponent(part)))
      .join('/'),
    query,
    headers,
    names,
    sha256(body),
  ].join('\n');
  const scope = `${date}/${region}/${service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const signingKey = [date, region, service, 'aws4_request'].reduce<Buffer | string>(
    (made, part) => hmac(made, part),
    `AWS4${key.secretAccessKey}`,
  );
  return hmac(signingKey, toSign).toString('hex') === signature ? undefined : 'its signature is wrong';
}

const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
