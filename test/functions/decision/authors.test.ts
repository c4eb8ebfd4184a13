import { describe, expect, it } from 'vitest';
import { isTrustedAuthor } from '#decision/authors';
import type { Deployment } from '#deployment/deployment';
import { deploymentWith } from '../../fixtures/deployment.ts';

describe('isTrustedAuthor', () => {
  const listed = [{ name: 'ana@acme.example', via: 'ci.storefront' }];
  const trusted = (change: Partial<Deployment>) => isTrustedAuthor(deploymentWith(change), listed);
  const channel = deploymentWith().channel;

  it('trusts an author only when listed for the authenticated channel that names them', () => {
    expect(trusted({})).toBe(true);
    expect(trusted({ channel: { ...channel, authenticated: false } })).toBe(false);
    expect(trusted({ channel: { ...channel, sender: 'ci.other' } })).toBe(false);
    expect(isTrustedAuthor(deploymentWith(), [{ name: 'ben', via: 'ci.storefront' }])).toBe(false);
  });

  it('trusts a fix that Sluice makes, without an author', () => {
    const bump = { workflow: 'dependency-bump', ecosystem: 'npm', package: 'minimist', toVersion: '1.2.6' } as const;

    expect(trusted({ issue: { ...deploymentWith().issue, fix: bump }, channel: { ...channel, authenticated: false } })).toBe(true);
  });
});
