import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { makersOf } from '#approval/approval-makers';
import { CANCEL_WORKS, stopRefused, withStop } from '#approval/stop-request';
import type { Approval, Deployment } from '#deployment/deployment';
import { at, deploymentWith, releaseIn } from '../../fixtures/deployment.ts';

const question: Approval = {
  approvalId: 'a',
  kind: 'approve',
  status: 'PENDING',
  approvers: ['lead@acme.example'],
  digest: 'd',
  requestedAt: at(1),
  expiresAt: at(99),
};
const asking = deploymentWith({ status: 'Authorising', approval: question, outcome: undefined });
const stop = (kind: 'cancel' | 'rollback') => ({ kind, by: 'ana', at: at(2), reason: 'not now' });

describe('a stop', () => {
  it('closes the open question in the same write', () => {
    expect(withStop(asking, stop('cancel'))).toMatchObject({
      stopRequest: stop('cancel'),
      approval: { status: 'CANCELLED', decidedBy: 'ana' },
    });
    expect(withStop(asking, stop('rollback'))).toMatchObject({ approval: { status: 'REVOKED', reason: 'not now' } });
  });

  it('keeps an answer that was already given', () => {
    const approved = { ...asking, approval: { ...question, status: 'APPROVED', decidedBy: 'lead@acme.example' } } as Deployment;

    expect(withStop(approved, stop('cancel')).approval).toEqual(approved.approval);
  });

  it('refuses a stop after production is over', () => {
    const over = deploymentWith({ status: 'Verifying', outcome: undefined });

    expect(stopRefused(over, 'rollback')).toBe(
      'its release to production is over already: Succeeded; submit a new issue to change what serves',
    );
  });

  it.each([
    ['Resolving', undefined],
    ['Staging', undefined],
    ['Authorising', undefined],
    ['Production', { phase: 'bake', stepIndex: 0 }],
    ['Production', { phase: 'monitor', stepIndex: 2 }],
  ] as const)('allows cancel in the status %s, also during monitoring at all traffic', (status, release) => {
    const production = release && releaseIn('production', { ...release, result: undefined });

    expect(stopRefused(deploymentWith({ status, outcome: undefined, production }), 'cancel')).toBeUndefined();
  });

  it('allows cancel until the moment that the README names', () => {
    const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');

    expect(readme).toMatch(new RegExp(`sluice cancel ID .*# ${CANCEL_WORKS}\n`));
  });

  it('refuses cancel during verification and points to a rollback, and refuses any stop after the end', () => {
    const production = releaseIn('production', { result: undefined });
    const verifying = deploymentWith({ status: 'Verifying', outcome: undefined, production });

    expect(stopRefused(verifying, 'cancel')).toContain('ask for a rollback instead');
    expect(stopRefused(verifying, 'rollback')).toBeUndefined();
    expect(stopRefused(deploymentWith(), 'rollback')).toContain('the deployment already ended');
    expect(stopRefused(withStop(asking, stop('cancel')), 'rollback')).toContain('cancel was already asked for by ana');
  });
});

describe('the makers of a fix', () => {
  const made = (patch: string, sender = 'ci.storefront', author = 'Ana@acme.example') =>
    makersOf({
      issue: { ...asking.issue, fix: { workflow: 'ready-patch', patch, author } },
      channel: { ...asking.channel, sender },
    });

  it('lists as makers the author, the people whom the patch names, and the sender', () => {
    const patch = 'From: Lead <lead@acme.example>\nSubject: x\n\nCo-authored-by: Ben <BEN@acme.example>\nSigned-off-by: sre@acme.example\n';

    expect(made(patch)).toEqual(['ana@acme.example', 'lead@acme.example', 'ben@acme.example', 'sre@acme.example', 'ci.storefront']);
  });

  it('ignores people whom only changed lines name, and reads a hostile patch fast', () => {
    expect(made('+From: eve@acme.example\n')).toEqual(['ana@acme.example', 'ci.storefront']);
    expect(made(`From: ${'a@'.repeat(90_000)}`)).toHaveLength(2);
  });

  it.each(['Lead Person <lead@acme.example>', 'Lead (LEAD@acme.example)', '"bot@ci" <lead@acme.example>', 'mailto:lead+bot@acme.example.'])(
    'finds a maker in the spelling %s, as author, in a header and as sender',
    (spelt) => {
      expect(made('', 'ci.storefront', spelt)).toContain('lead@acme.example');
      expect(made(`From: ${spelt}\nSubject: x\n`)).toContain('lead@acme.example');
      expect(made('', `AROAEXAMPLE:${spelt}`)).toContain('lead@acme.example');
    },
  );

  it.each([
    'From: Lead\n  Person\r\n\t<lead@acme.example>',
    `From: ${' '.repeat(9_000)}<lead@acme.example>`,
    'From:\u2028lead@acme.example',
  ])('finds a maker in a folded or padded header: %j', (header) => {
    expect(made(`${header}\nSubject: x\n`)).toContain('lead@acme.example');
  });
});
