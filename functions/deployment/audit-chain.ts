import { createHash } from 'node:crypto';
import type { AuditRow } from './audit-event.ts';

/** The `previousHash` of the first row. */
export const genesisHash = '0'.repeat(64);

/** Writes a value as JSON with sorted keys and without undefined members, so that equal facts have equal bytes. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`;
}

/** Completes a row with the hash over everything in it, including the hash of the row before. */
export function chainRow(row: Omit<AuditRow, 'hash'>): AuditRow {
  return { ...row, hash: hashOf(row) };
}

/** The fields of a stored row that the chain reads. The hash covers the other fields as they are. */
export interface ChainedRow {
  readonly sequence?: unknown;
  readonly previousHash?: unknown;
  readonly hash?: unknown;
}

/** Covers each attribute except the hash itself, so that an attribute added to a row is found too. */
function hashOf(row: ChainedRow): string {
  const { hash: _, ...hashed } = row;
  return createHash('sha256').update(canonicalJson(hashed)).digest('hex');
}

export interface ChainProblem {
  /** The row that the problem is about; the first one if there are several. */
  readonly sequence: number;
  readonly kind: 'changed' | 'missing' | 'moved' | 'unlinked' | 'truncated' | 'rechained' | 'added' | 'malformed' | 'headless';
  readonly what: string;
}

/** The last row according to a source outside the trail. */
export interface ChainHead {
  readonly sequence: number;
  readonly hash: string;
  /** The last row that may exist by now; the head if nothing was appended since. */
  readonly mayReach?: number;
}

/** Says what is wrong with a trail, one line for each problem. */
export const chainProblems = (rows: readonly ChainedRow[], head?: ChainHead): string[] =>
  chainFindings(rows, head).map(({ sequence, what }) => `row ${sequence}: ${what}`);

/**
 * Finds what is wrong with a trail.
 * The rows alone show changed, missing, moved and added rows; the head shows truncation and a new chain.
 */
export function chainFindings(rows: readonly ChainedRow[], head?: ChainHead): ChainProblem[] {
  const problems = rows.flatMap((row, index) => rowProblems(row, rows[index - 1]));
  return head ? [...problems, ...headProblems(rows, head)] : problems;
}

function rowProblems(row: ChainedRow, before: ChainedRow | undefined): ChainProblem[] {
  const sequence = Number(row.sequence);
  const expected = before ? Number(before.sequence) + 1 : 1;
  const follows = sequence === expected && row.previousHash !== (before?.hash ?? genesisHash);
  return [
    ...problem(sequence > expected, expected, 'missing', `${range(expected, sequence - 1)} missing`),
    ...problem(sequence < expected, sequence, 'moved', `it comes after row ${expected - 1}: it was moved or added`),
    ...problem(follows, sequence, 'unlinked', 'it does not name the hash of the row before it: one of the two was replaced'),
    ...problem(row.hash !== hashOf(row), sequence, 'changed', 'its hash is not that of its content: it was changed after it was written'),
  ];
}

function headProblems(rows: readonly ChainedRow[], { sequence, hash, mayReach = sequence }: ChainHead): ChainProblem[] {
  const numbers = rows.map((row) => Number(row.sequence));
  const head = rows[numbers.indexOf(sequence)];
  const first = Math.max(0, ...numbers.filter((number) => number < sequence)) + 1;
  return [
    ...problem(!head, first, 'truncated', `${range(first, sequence)} missing, and the head is row ${sequence}: the trail was cut off`),
    ...problem(head && head.hash !== hash, sequence, 'rechained', 'it is not the row that the head names: the trail has a new chain'),
    ...numbers.filter((number) => number > mayReach).flatMap((number) => problem(true, number, 'added', 'it comes after the head')),
  ];
}

const range = (from: number, to: number) => (from === to ? 'this row is' : `rows ${from} to ${to} are`);

const problem = (is: boolean | undefined, sequence: number, kind: ChainProblem['kind'], what: string): ChainProblem[] =>
  is ? [{ sequence, kind, what }] : [];
