import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, chainProblems, chainRow, genesisHash } from '#deployment/audit-chain';
import type { AuditRow } from '#deployment/audit-event';

const trailOf = (length: number, salt = ''): AuditRow[] => {
  const rows: AuditRow[] = [];
  for (let sequence = 1; sequence <= length; sequence++) {
    const event = { type: 'LessonRecorded', environment: 'staging', lessonId: `${salt}${sequence}` } as const;
    rows.push(
      chainRow({
        deploymentId: 'd',
        sequence,
        at: '2026-01-01T00:00:00.000Z',
        actor: 'test',
        event,
        previousHash: rows.at(-1)?.hash ?? genesisHash,
      }),
    );
  }
  return rows;
};
const tampering = fc
  .record({ length: fc.integer({ min: 2, max: 12 }), at: fc.nat(11) })
  .map(({ length, at }) => ({ length, at: at % length }));

describe('the audit chain', () => {
  it('accepts a trail as it was written', () => {
    const rows = trailOf(9);

    expect(chainProblems(rows, { sequence: 9, hash: rows[8]?.hash ?? '' })).toEqual([]);
  });

  it('finds a changed row at any place in the trail', () => {
    fc.assert(
      fc.property(tampering, ({ length, at }) => {
        const rows = trailOf(length).map((row, index) => (index === at ? { ...row, actor: 'another actor' } : row));

        expect(chainProblems(rows)).not.toEqual([]);
      }),
      { seed: 1 },
    );
  });

  it('finds a deleted, a moved and an added row', () => {
    fc.assert(
      fc.property(tampering, ({ length, at }) => {
        const rows = trailOf(length);
        const anchor = { sequence: length, hash: rows[length - 1]?.hash ?? '' };
        const other = trailOf(length, 'x')[at] as AuditRow;

        expect(chainProblems(rows.toSpliced(at, 1), anchor)).not.toEqual([]);
        expect(chainProblems(rows.toSpliced(at, 0, other), anchor)).not.toEqual([]);
        expect(chainProblems(rows.toReversed(), anchor)).not.toEqual([]);
      }),
      { seed: 2 },
    );
  });

  it('finds two rows that changed places, and a trail that lacks its first row', () => {
    const rows = trailOf(5);
    const swapped = [rows[0], rows[2], rows[1], rows[3], rows[4]] as AuditRow[];

    expect(chainProblems(swapped)).toContain('row 2: it comes after row 3: it was moved or added');
    expect(chainProblems(rows.slice(1))).toEqual(['row 1: this row is missing']);
    expect(chainProblems(rows.toSpliced(1, 2))).toEqual(['row 2: rows 2 to 3 are missing']);
  });

  it('finds any changed field, even if the row was hashed again', () => {
    const change = fc.constantFrom<Partial<AuditRow>>({ deploymentId: 'e' }, { sequence: 99 }, { at: 'x' }, { actor: 'x' }, { hash: 'x' });
    fc.assert(
      fc.property(tampering, change, fc.boolean(), ({ length, at }, changed, rehash) => {
        const forged = (row: AuditRow) => (rehash ? chainRow({ ...row, ...changed }) : { ...row, ...changed });
        const rows = trailOf(length);
        const anchor = { sequence: length, hash: rows[length - 1]?.hash ?? '' };
        const tampered = rows.map((row, index) => (index === at ? forged(row) : row));

        expect(chainProblems(tampered, anchor).length > 0).toBe(!(rehash && 'hash' in changed));
      }),
      { seed: 9 },
    );
  });

  it('finds truncation and re-chaining by the anchored head', () => {
    const rows = trailOf(6);
    const anchor = { sequence: 6, hash: rows[5]?.hash ?? '' };

    expect(chainProblems(rows.slice(0, 5), anchor)).toEqual(['row 6: this row is missing, and the head is row 6: the trail was cut off']);
    expect(chainProblems(trailOf(6, 'forged'), anchor)).toEqual([
      'row 6: it is not the row that the head names: the trail has a new chain',
    ]);
  });

  it('writes equal facts as equal bytes in any order of their keys', () => {
    expect(canonicalJson({ b: 1, a: [{ d: null, c: undefined }] })).toBe('{"a":[{"d":null}],"b":1}');
  });
});
