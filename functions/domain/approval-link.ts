import * as z from 'zod';

export const linkActions = ['view', 'approve', 'reject', 'proceed', 'cancel'] as const;
export type LinkAction = (typeof linkActions)[number];

/** What a link says of itself; the rest of what its MAC binds is read from the record, so that a changed record breaks the link. */
export const linkSchema = z.strictObject({
  approvalId: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
  action: z.enum(linkActions),
  approver: z.string().min(1).max(254),
  expires: z.iso.datetime(),
  keyId: z.string().min(1).max(200),
  mac: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
});
export type Link = z.infer<typeof linkSchema>;

export interface Binding {
  readonly application: string;
  readonly environment: string;
  readonly digest: string;
  readonly policyVersion: string;
}

/** Encodes what the MAC covers, each field with its length before it, so that no two different links share their bytes. */
export function signedBytes(link: Omit<Link, 'mac'>, binding: Binding): Uint8Array {
  const { keyId, approvalId, action, approver, expires } = link;
  const { application, environment, digest, policyVersion } = binding;
  return lengthPrefixed(['sluice-link-1', keyId, approvalId, action, environment, application, digest, policyVersion, approver, expires]);
}

/** Encodes what a rendered form's nonce covers. */
export function nonceBytes(link: Link, renderedAt: string, nonce: string): Uint8Array {
  return lengthPrefixed(['sluice-form-1', link.keyId, link.approvalId, link.action, link.approver, link.mac, renderedAt, nonce]);
}

function lengthPrefixed(fields: readonly string[]): Uint8Array {
  const parts = fields.map((field) => {
    const bytes = Buffer.from(field, 'utf8');
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  });
  return Buffer.concat(parts);
}

/** Writes a link as path and query below the public address. */
export function linkPath({ approvalId, action, approver, expires, keyId, mac }: Link): string {
  return `/approvals/${approvalId}/${action}?${new URLSearchParams({ approver, expires, key: keyId, mac })}`;
}

/** Reads a link back; anything that is not exactly one answers undefined. */
export function parseLink(path: string, query: URLSearchParams): Link | undefined {
  const match = /^\/approvals\/([^/]+)\/([a-z]+)$/.exec(path);
  const [approver, expires, keyId, mac] = ['approver', 'expires', 'key', 'mac'].map((name) => query.get(name) ?? undefined);
  const parsed = linkSchema.safeParse({ approvalId: match?.[1], action: match?.[2], approver, expires, keyId, mac });
  return parsed.success && [...query.keys()].length === 4 ? parsed.data : undefined;
}

/** The six characters that an approver types: the end of the artefact's SHA-256 in hex. */
export function digestFragment(base64Digest: string): string {
  return Buffer.from(base64Digest, 'base64').toString('hex').slice(-6);
}
