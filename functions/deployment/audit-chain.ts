import { createHash } from 'node:crypto';
import type { AuditRow } from './audit-event.ts';

/** What the first row's `previousHash` is. */
export const genesisHash = '0'.repeat(64);

/** Writes a value as JSON with sorted keys and without undefined members, so that equal facts have equal bytes. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`;
}

/** Completes a row with the hash over everything in it, the hash of the row before included. */
export function chainRow(row: Omit<AuditRow, 'hash'>): AuditRow {
  return { ...row, hash: hashOf(row) };
}

const hashOf = ({ deploymentId, sequence, at, actor, event, previousHash }: Omit<AuditRow, 'hash'>) =>
  createHash('sha256').update(canonicalJson({ deploymentId, sequence, at, actor, event, previousHash })).digest('hex');

/** Finds what is wrong with a trail: flipped, deleted, reordered or inserted rows by themselves, truncation and re-chaining against an anchored head. */
export function chainProblems(rows: readonly AuditRow[], anchor?: { sequence: number; hash: string }): string[] {
  const problems = rows.flatMap((row, index) => rowProblems(row, rows[index - 1], index + 1));
  if (!anchor) return problems;
  const anchored = rows.find((row) => row.sequence === anchor.sequence);
  if (!anchored) return [...problems, `row ${anchor.sequence} was anchored and is missing: the trail was truncated`];
  return anchored.hash === anchor.hash
    ? problems
    : [...problems, `row ${anchor.sequence} is not the one that was anchored: the trail was chained anew`];
}

function rowProblems(row: AuditRow, before: AuditRow | undefined, expected: number): string[] {
  const problems: string[] = [];
  if (row.sequence !== expected) problems.push(`row ${row.sequence} stands where row ${expected} belongs: one is missing, moved or added`);
  if (row.previousHash !== (before?.hash ?? genesisHash)) problems.push(`row ${row.sequence} does not follow the row before it`);
  if (row.hash !== hashOf(row)) problems.push(`row ${row.sequence} was changed after it was written`);
  return problems;
}
