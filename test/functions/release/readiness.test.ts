import { describe, expect, it } from 'vitest';
import type { Approval, Deployment } from '#deployment/deployment';
import { type ReadinessFacts, readiness } from '#release/readiness';
import { at, deploymentWith, fix, releaseIn } from '../../fixtures/deployment.ts';

const approval: Approval = {
  approvalId: 'a',
  kind: 'approve',
  status: 'APPROVED',
  approvers: ['lead@acme.example'],
  digest: 'sha-new',
  requestedAt: at(12),
  expiresAt: at(99),
  decidedBy: 'lead@acme.example',
  decidedAt: at(14),
};
const ready: ReadinessFacts = {
  deployment: deploymentWith({ outcome: undefined, production: undefined, status: 'Production' }),
  environment: 'production',
  serving: { version: '1', codeSha256: 'sha-old', revision: 'r' },
  healthStatus: 200,
  lockHolder: 'auto-deploy-20251031-0123456789',
  productionCommit: 'base',
  storedDigest: 'sha-new',
  at: at(15),
  blocked: undefined,
};
const facing = (change: Partial<ReadinessFacts>, deployment: Partial<Deployment> = {}) =>
  readiness({ ...ready, ...change, deployment: { ...ready.deployment, ...deployment } });
const refused = (change: Partial<ReadinessFacts>, deployment: Partial<Deployment> = {}) =>
  facing(change, deployment)
    .checks.filter(({ verdict }) => verdict !== 'Successful')
    .map(({ check, verdict }) => `${check}: ${verdict}`);
const required = (requirement: 'autonomous' | 'notify' | 'approve', answer?: Approval) =>
  refused({}, { decision: { ...(ready.deployment.decision as NonNullable<Deployment['decision']>), requirement }, approval: answer });

describe('readiness', () => {
  it('passes an approved fix on a healthy production, and names every check', () => {
    const { verdict, checks } = facing({}, { approval });

    expect(verdict).toBe('Successful');
    expect(checks.map(({ check }) => check)).toEqual([
      'no-freeze',
      'not-stopped',
      'fix-validated',
      'environment-healthy',
      'no-other-deployment',
      'one-version-serves',
      'something-to-deploy',
      'staging-first',
      'authorised',
      'approved-artefact',
      'current-base',
    ]);
  });

  it.each<[string, Partial<ReadinessFacts>, Partial<Deployment>, string]>([
    ['an operator asked to stop', {}, { stopRequest: { kind: 'cancel', by: 'ana', at: at(1), reason: 'no' } }, 'not-stopped: Failed'],
    ['no fix was collected', {}, { fix: undefined }, 'fix-validated: Inconclusive'],
    ['the fix failed', {}, { fix: { ...fix, verdict: 'Failed' } }, 'fix-validated: Failed'],
    ['the environment is unhealthy', { healthStatus: 503 }, {}, 'environment-healthy: Failed'],
    ['another deployment holds the lock', { lockHolder: 'other' }, {}, 'no-other-deployment: Failed'],
    ['no deployment holds the lock', { lockHolder: undefined }, {}, 'no-other-deployment: Failed'],
    [
      'two versions serve',
      { serving: { ...ready.serving, candidate: { version: '2', weightPercent: 10 } } },
      {},
      'one-version-serves: Failed',
    ],
    ['the artifact serves already', { serving: { ...ready.serving, codeSha256: 'sha-new' } }, {}, 'something-to-deploy: Failed'],
    ['staging was rolled back', {}, { staging: releaseIn('staging', { result: 'RolledBack' }) }, 'staging-first: Failed'],
    ['staging never ran', {}, { staging: undefined }, 'staging-first: Failed'],
    ['production serves another commit now', { productionCommit: 'newer' }, {}, 'current-base: Failed'],
  ])('refuses when %s', (_case, change, deployment, expected) => {
    expect(refused(change, deployment)).toContain(expected);
    expect(facing(change, deployment).verdict).not.toBe('Successful');
  });

  it('passes only if the answer on record meets the requirement', () => {
    const expired: Approval = { ...approval, status: 'EXPIRED' };
    const proceeding: Approval = { ...approval, kind: 'notify', status: 'PROCEEDING' };

    expect(required('approve', approval)).toEqual([]);
    expect(required('approve', proceeding)).toEqual(['authorised: Failed']);
    expect(required('approve', expired)).toEqual(['authorised: Failed']);
    expect(required('approve')).toEqual(['authorised: Failed']);
    expect(required('notify', proceeding)).toEqual([]);
    expect(required('notify', approval)).toEqual([]);
    expect(required('notify')).toEqual(['authorised: Failed']);
    expect(required('autonomous')).toEqual([]);
    expect(refused({}, { decision: undefined })).toEqual(['authorised: Failed']);
  });

  it('refuses an artifact if its record or its stored bytes differ from the approved ones', () => {
    expect(refused({}, { approval: { ...approval, digest: 'sha-other' } })).toEqual(['approved-artefact: Failed']);
    expect(refused({ storedDigest: 'sha-rebuilt' }, { approval })).toEqual(['approved-artefact: Failed']);
    expect(refused({ storedDigest: undefined }, { approval })).toEqual(['approved-artefact: Failed']);
    expect(refused({ storedDigest: 'sha-rebuilt' })).toEqual(['approved-artefact: Failed']);
    expect(facing({ storedDigest: 'sha-rebuilt' }, { approval }).checks.find(({ verdict }) => verdict === 'Failed')?.detail).toContain(
      'the artifact was rebuilt after the approval',
    );
  });

  it('leaves out the check of the base if no commit of production is on record', () => {
    expect(facing({ productionCommit: undefined }).checks.map(({ check }) => check)).not.toContain('current-base');
  });

  it('lets staging release an artifact that it already serves, without an answer', () => {
    const serving = { ...ready.serving, codeSha256: 'sha-new' };
    const { verdict, checks } = facing({ environment: 'staging', serving }, { staging: undefined, decision: undefined });

    expect(verdict).toBe('Successful');
    expect(checks.map(({ check }) => check)).toEqual([
      'no-freeze',
      'not-stopped',
      'fix-validated',
      'environment-healthy',
      'no-other-deployment',
      'one-version-serves',
    ]);
  });

  it('refuses to start in a freeze window and while an operator blocks releases', () => {
    const { policy } = ready.deployment;
    const freezeWindows = [{ from: at(10), to: at(20), reason: 'peak sales' }];
    const frozen = { ...policy, production: { ...policy.production, freezeWindows } };

    expect(refused({}, { approval, policy: frozen })).toEqual(['no-freeze: Failed']);
    expect(refused({ at: at(20) }, { approval, policy: frozen })).toEqual([]);
    expect(refused({ blocked: { by: 'sre', reason: 'incident' } }, { approval })).toEqual(['no-freeze: Failed']);
  });

  it('refuses a change that cannot be undone if no approver accepted it', () => {
    const forGood = { ...fix, irreversible: ['migrations/drop.irreversible.sql'] };

    expect(refused({}, { fix: forGood, approval })).toEqual([]);
    expect(refused({}, { fix: forGood, approval: { ...approval, status: 'PROCEEDING' } })).toContain(
      'irreversible-change-accepted: Failed',
    );
  });
});
