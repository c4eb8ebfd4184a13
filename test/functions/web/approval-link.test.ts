import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestFragment, type Link, linkActions, linkPath, parseLink, signedBytes } from '#web/approval-link';

const link: Link = {
  version: '1',
  subject: 'A'.repeat(22),
  action: 'approve',
  approver: 'lead@acme.example',
  issued: '2026-01-01T00:00:00.000Z',
  expires: '2026-01-02T00:00:00.000Z',
  keyId: '0b3c9a0e-7a53-4c0f-9a39-0f4b0a6f5a11',
  mac: Buffer.alloc(32, 7).toString('base64url'),
};
const binding = { application: 'storefront', environment: 'production', digest: 'd', policyVersion: '1' };
const bytes = (change: object) => Buffer.from(signedBytes({ ...link, ...change }, { ...binding, ...change })).toString('hex');

describe('a link', () => {
  it.each(linkActions)('reads a link to %s exactly as it was written', (action) => {
    expect(parseLink(linkPath({ ...link, action }), '')).toEqual({ ...link, action });
  });

  it('refuses a link with a query, in another folder or with a longer token', () => {
    expect(parseLink(linkPath(link), 'utm_source=mail')).toBeUndefined();
    expect(parseLink(linkPath(link).replace('/approvals/', '/deployments/'), '')).toBeUndefined();
    expect(parseLink(linkPath(link).replace('.', `${'A'.repeat(2048)}.`), '')).toBeUndefined();
    expect(parseLink(linkPath({ ...link, approver: 'a'.repeat(255) }), '')).toBeUndefined();
  });

  it('reads only one spelling of a link: no padding, other alphabet, unused bits or escapes', () => {
    const path = linkPath(link);
    const [, token = '', mac = ''] = /\/approvals\/(.*)\.(.*)\/approve/.exec(path) ?? [];
    const spelt = (other: string, otherMac = mac) => parseLink(`/approvals/${other}.${otherMac}/approve`, '');
    const sameBytes = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
      .split('')
      .filter((last) => last !== mac.at(-1) && Buffer.from(mac.slice(0, -1) + last, 'base64url').equals(Buffer.from(mac, 'base64url')));

    expect(spelt(token)).toEqual(link);
    expect(sameBytes).toHaveLength(3);
    for (const last of sameBytes) expect(spelt(token, mac.slice(0, -1) + last)).toBeUndefined();
    for (const other of [
      `${token}=`,
      `${token}==`,
      token.replace(/[-_A]/, '+'),
      token.replace(/[-_A]/, '/'),
      `%41${token.slice(1)}`,
      `${token}A`,
    ])
      expect(spelt(other)).toBeUndefined();
  });

  it('signs other bytes if a field changes, also if a letter moves to the next field', () => {
    const changes = [
      { version: '2' },
      { subject: 'B'.repeat(22) },
      { action: 'reject' },
      { approver: 'x' },
      { issued: link.expires },
      { expires: link.issued },
      { keyId: 'k' },
      { digest: 'e' },
      { environment: 'staging' },
      { application: 'productions' },
      { policyVersion: '2' },
      { environment: 'productions', application: 'torefront' },
    ];

    expect(new Set([bytes({}), ...changes.map(bytes)]).size).toBe(changes.length + 1);
  });

  it('signs different bytes for different fields', () => {
    const fields = fc.record({
      subject: fc.string(),
      approver: fc.string(),
      application: fc.string(),
      digest: fc.string(),
      expires: fc.string(),
    });
    fc.assert(
      fc.property(fields, fields, (one, other) => (bytes(one) === bytes(other)) === (JSON.stringify(one) === JSON.stringify(other))),
      { seed: 11 },
    );
  });

  it('asks for the last six characters of the digest in hex', () => {
    expect(digestFragment(Buffer.from('00112233aabbcc', 'hex').toString('base64'))).toBe('aabbcc');
  });
});
