import * as z from 'zod';

/** Actions on a question. Their links are bound to the approval's id. */
export const answerActions = ['view', 'approve', 'reject', 'proceed'] as const;
/** Actions that stop a deployment at any time, without a question. Their links are bound to the deployment's id. */
export const stopActions = ['cancel', 'rollback'] as const;
export const linkActions = [...answerActions, ...stopActions] as const;
export type LinkAction = (typeof linkActions)[number];
export type StopAction = (typeof stopActions)[number];

/** The approver name in a link for a shared room. Such a link may only view. */
export const ROOM = 'everyone in the room';

export const LINK_VERSION = '1';
const LONGEST_TOKEN = 2048;

/** The fields in a link. Its MAC also covers fields of the record, so a changed record makes the link invalid. */
export const linkSchema = z.strictObject({
  version: z.literal(LINK_VERSION),
  keyId: z.string().min(1).max(200),
  /** The approval's opaque id. A stop link has the deployment's id. */
  subject: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/),
  action: z.enum(linkActions),
  approver: z.string().min(1).max(254),
  issued: z.iso.datetime(),
  expires: z.iso.datetime(),
  mac: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
});
export type Link = z.infer<typeof linkSchema>;
export type StopLink = Link & { readonly action: StopAction };

export const isStop = (link: Link): link is StopLink => (stopActions as readonly string[]).includes(link.action);

/** True if a link is for a whole deployment instead of one question: to stop it or to view it. */
export const isAboutDeployment = (link: Pick<Link, 'action' | 'subject'>, deploymentId: string): boolean =>
  isStop(link as Link) || (link.action === 'view' && link.subject === deploymentId);

export interface Binding {
  readonly application: string;
  readonly environment: string;
  readonly digest: string;
  readonly policyVersion: string;
}

/** Encodes the fields that the MAC covers, each with its length before it. So two links never share their bytes. */
export function signedBytes(link: Omit<Link, 'mac'>, binding: Binding): Uint8Array {
  const { version, keyId, subject, action, approver, issued, expires } = link;
  const { application, environment, digest, policyVersion } = binding;
  return lengthPrefixed([
    'sluice-link',
    ...[version, keyId, subject, action, environment, application, digest, policyVersion, approver, issued, expires],
  ]);
}

/** Encodes the fields that the MAC of a form's nonce covers. */
export function nonceBytes(link: Link, renderedAt: string, nonce: string): Uint8Array {
  return lengthPrefixed(['sluice-form', link.version, link.keyId, link.subject, link.action, link.approver, link.mac, renderedAt, nonce]);
}

function lengthPrefixed(fields: readonly string[]): Buffer {
  const parts = fields.map((field) => {
    const bytes = Buffer.from(field, 'utf8');
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  });
  return Buffer.concat(parts);
}

function lengthsRead(bytes: Buffer): string[] {
  const fields: string[] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const end = at + 4 + bytes.readUInt32BE(at);
    fields.push(bytes.toString('utf8', at + 4, end));
    at = end;
  }
  return fields;
}

/** Writes a link as a path below the public address. Mail programs, proxies and gateways keep its characters. */
export function linkPath(link: Link): string {
  const { version, keyId, subject, action, approver, issued, expires, mac } = link;
  const token = lengthPrefixed([version, keyId, subject, approver, issued, expires]).toString('base64url');
  return `/${isStop(link) ? 'deployments' : 'approvals'}/${token}.${mac}/${action}`;
}

/** Reads a path that `linkPath` wrote. Another spelling, another length or a query returns undefined. */
export function parseLink(path: string, query: string): Link | undefined {
  const [, token = '', mac, action] = /^\/[a-z]+\/([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\/([a-z]+)$/.exec(path) ?? [];
  if (query || `${token}.${mac}`.length > LONGEST_TOKEN) return undefined;
  const [version, keyId, subject, approver, issued, expires] = lengthsRead(Buffer.from(token, 'base64url'));
  const parsed = linkSchema.safeParse({ version, keyId, subject, action, approver, issued, expires, mac });
  return parsed.success && linkPath(parsed.data) === path && isCanonical(parsed.data.mac) ? parsed.data : undefined;
}

/** The last character of a MAC has two unused bits. Without this check one MAC would have four spellings. */
const isCanonical = (mac: string) => Buffer.from(mac, 'base64url').toString('base64url') === mac;

/** The six characters that an approver types: the end of the artifact's SHA-256 in hex. */
export function digestFragment(base64Digest: string): string {
  return Buffer.from(base64Digest, 'base64').toString('hex').slice(-6);
}
