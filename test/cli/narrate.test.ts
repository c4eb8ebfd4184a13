import { expect, it } from 'vitest';
import type { AuditEvent } from '#deployment/audit-event';
import { explain } from '#report/why';
import { narrate } from '../../cli/narrate.ts';
import { deploymentWith } from '../fixtures/deployment.ts';

const newer = { type: 'CandidateSigned', by: 'a newer version' } as unknown as AuditEvent;

it('prints the name of an event type that only a newer version knows', () => {
  expect(narrate(newer)).toBe('CandidateSigned (a newer version of Sluice wrote this row)');
});

it('skips an event type that only a newer version knows when it explains a decision', () => {
  const row = { deploymentId: 'd', sequence: 1, at: '2026-01-01T00:00:00.000Z', actor: 'a', event: newer, previousHash: '', hash: '' };

  expect(explain(deploymentWith(), [row])).toHaveLength(1);
});
