import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { ApiError } from '../host.ts';

const CHECKSUMS: Record<string, (body: Buffer) => Buffer> = {
  'x-amz-checksum-crc32': (body) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(crc32(body));
    return bytes;
  },
  'x-amz-checksum-sha1': (body) => createHash('sha1').update(body).digest(),
  'x-amz-checksum-sha256': (body) => createHash('sha256').update(body).digest(),
  'content-md5': (body) => createHash('md5').update(body).digest(),
};

const KEPT = ['content-type', 'content-language', 'content-disposition', 'cache-control', 'expires'];

/**
 * Unwraps the body of an upload (aws-chunked or plain), checks its checksums, and keeps the headers for later reads.
 */
export function payloadOf(headers: Record<string, string>, body: Buffer): { body: Buffer; headers: Record<string, string> } {
  const encodings = (headers['content-encoding'] ?? '').split(',').map((part) => part.trim());
  const chunked = encodings.includes('aws-chunked') || headers['x-amz-content-sha256']?.startsWith('STREAMING-');
  const unwrapped = chunked ? unchunk(body) : { body, trailers: {} };
  const all = { ...headers, ...unwrapped.trailers };
  proveChecksums(all, unwrapped.body);
  const encoding = encodings.filter((part) => part && part !== 'aws-chunked').join(',');
  return { body: unwrapped.body, headers: { ...keptOf(all), ...(encoding && { 'content-encoding': encoding }) } };
}

/** Picks the headers of an upload that later reads answer: content type, metadata, checksums. */
export function keptOf(headers: Record<string, string>): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => KEPT.includes(name) || name.startsWith('x-amz-meta-') || isChecksum(name));
  return { 'content-type': 'application/octet-stream', ...Object.fromEntries(kept) };
}

export const isChecksum = (name: string): boolean => /^x-amz-checksum-(crc|sha)/.test(name);

function proveChecksums(headers: Record<string, string>, body: Buffer): void {
  for (const [name, digest] of Object.entries(CHECKSUMS)) {
    const claimed = headers[name];
    if (claimed && claimed !== digest(body).toString('base64'))
      throw new ApiError('BadDigest', `The ${name} you specified did not match the payload.`);
  }
}

function unchunk(raw: Buffer): { body: Buffer; trailers: Record<string, string> } {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = raw.indexOf('\r\n', at);
    const size = Number.parseInt(raw.subarray(at, lineEnd).toString('latin1'), 16);
    if (lineEnd < 0 || Number.isNaN(size)) throw new ApiError('IncompleteBody', 'The aws-chunked body ends early');
    at = lineEnd + 2;
    if (size === 0) return { body: Buffer.concat(chunks), trailers: trailersOf(raw.subarray(at).toString('latin1')) };
    chunks.push(raw.subarray(at, at + size));
    at += size + 2;
  }
}

function trailersOf(text: string): Record<string, string> {
  const lines = text.split('\r\n').filter((line) => line.includes(':'));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).trim().toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
}
