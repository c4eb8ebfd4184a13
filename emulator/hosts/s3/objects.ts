import { createHash, randomUUID } from 'node:crypto';
import type { Clock } from '../../clock/clock.ts';
import { SqliteFile } from '../../runtime/sqlite.ts';
import { ApiError } from '../host.ts';

/** How a bucket behaves, as its template resource declares it. */
export interface BucketSettings {
  readonly versioned: boolean;
  readonly locked: boolean;
  readonly defaultRetention?: Retention & { readonly days: number };
}

interface Retention {
  readonly mode: 'COMPLIANCE' | 'GOVERNANCE';
}

export interface Lock {
  readonly mode: string | null;
  readonly retain_until_ms: number | null;
  readonly legal_hold: number;
}

export interface StoredObject extends Lock {
  readonly seq: number;
  readonly bucket: string;
  readonly key: string;
  readonly version: string;
  readonly deleted: number;
  readonly body: Uint8Array;
  readonly size: number;
  readonly etag: string;
  /** JSON of the headers that a GET answers: content type, metadata, checksums. */
  readonly headers: string;
  readonly modified_ms: number;
}

/** The conditions of a write on the object that is there now. */
export interface Expectation {
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
}

const SCHEMA = `
  create table if not exists buckets (name text primary key, settings text not null, created_ms integer not null);
  create table if not exists objects (
    seq integer primary key autoincrement, bucket text not null, key text not null, version text not null, deleted integer not null, body blob not null,
    size integer not null, etag text not null, headers text not null, modified_ms integer not null, mode text, retain_until_ms integer,
    legal_hold integer not null default 0, unique (bucket, key, version));
`;
const NO_LOCK: Lock = { mode: null, retain_until_ms: null, legal_hold: 0 };
const WITHOUT_BODY = "seq, bucket, key, version, deleted, x'' as body, size, etag, headers, modified_ms, mode, retain_until_ms, legal_hold";

/** Buckets and every version of every object on disk; conditions, locks and writes are one transaction. */
export class Objects {
  readonly #file: SqliteFile;
  readonly #clock: Clock;

  constructor(path: string, clock: Clock) {
    this.#file = new SqliteFile(path, SCHEMA);
    this.#clock = clock;
  }

  close(): void {
    this.#file.close();
  }

  putBucket(name: string, settings: BucketSettings): void {
    const sql = 'insert into buckets values (?, ?, ?) on conflict (name) do update set settings = excluded.settings';
    this.#file.run(sql, name, JSON.stringify(settings), this.#clock.nowMs());
  }

  bucketNames(): string[] {
    return this.#file.all<{ name: string }>('select name from buckets order by name').map((row) => row.name);
  }

  settings(bucket: string): BucketSettings {
    const row = this.#file.get<{ settings: string }>('select settings from buckets where name = ?', bucket);
    if (!row) throw new ApiError('NoSuchBucket', `The specified bucket does not exist: ${bucket}`, 404);
    return JSON.parse(row.settings);
  }

  put(bucket: string, key: string, body: Buffer, headers: Record<string, string>, lock: Lock, expected: Expectation): StoredObject {
    const settings = this.settings(bucket);
    return this.#file.transaction(() => {
      demand(expected, this.#latest(bucket, key));
      const etag = `"${createHash('md5').update(body).digest('hex')}"`;
      return this.#insert(settings, {
        bucket,
        key,
        deleted: 0,
        body,
        size: body.length,
        etag,
        headers: JSON.stringify(headers),
        ...this.#lock(settings, lock),
      });
    });
  }

  /** Reads one version, or the newest; a delete marker and nothing at all are both NoSuchKey. */
  get(bucket: string, key: string, version?: string): StoredObject {
    this.settings(bucket);
    const found = version
      ? this.#file.get<StoredObject>('select * from objects where bucket = ? and key = ? and version = ?', bucket, key, version)
      : this.#latest(bucket, key);
    if (found && !found.deleted) return found;
    if (version && !found) throw new ApiError('NoSuchVersion', 'The specified version does not exist.', 404);
    throw new ApiError('NoSuchKey', `The specified key does not exist: ${key}`, 404);
  }

  /** Deletes one version for good, or hides the key behind a delete marker; a locked version stays. */
  delete(bucket: string, key: string, version: string | undefined, bypassGovernance: boolean): { version?: string; marker: boolean } {
    const settings = this.settings(bucket);
    return this.#file.transaction(() => {
      if (!version && settings.versioned) {
        const marker = this.#insert(settings, {
          bucket,
          key,
          deleted: 1,
          body: Buffer.alloc(0),
          size: 0,
          etag: '',
          headers: '{}',
          ...NO_LOCK,
        });
        return { version: marker.version, marker: true };
      }
      const found = this.#file.get<StoredObject>(
        'select * from objects where bucket = ? and key = ? and version = ?',
        bucket,
        key,
        version ?? 'null',
      );
      if (found) this.#refuseLocked(found, bypassGovernance);
      this.#file.run('delete from objects where seq = ?', found?.seq ?? -1);
      return { version, marker: found?.deleted === 1 };
    });
  }

  /** Sets the retention of a version; COMPLIANCE can be made longer and never shorter. */
  retain(object: StoredObject, lock: Lock, bypassGovernance: boolean): void {
    const shorter = (lock.retain_until_ms ?? 0) < (object.retain_until_ms ?? 0) || lock.mode !== object.mode;
    if (shorter && object.mode) this.#refuseLocked({ ...object, legal_hold: 0 }, bypassGovernance && object.mode === 'GOVERNANCE');
    const sql = 'update objects set mode = ?, retain_until_ms = ?, legal_hold = ? where seq = ?';
    this.#file.run(sql, lock.mode, lock.retain_until_ms, lock.legal_hold, object.seq);
  }

  /** Lists the newest version per key without bodies, after a key, in key order; delete markers are left out. */
  list(bucket: string, prefix: string, after: string): StoredObject[] {
    this.settings(bucket);
    return this.versions(bucket, prefix).filter((row, at, rows) => row.key !== rows[at - 1]?.key && !row.deleted && row.key > after);
  }

  /** Lists all versions without bodies, by key and newest first. */
  versions(bucket: string, prefix: string): StoredObject[] {
    const sql = `select ${WITHOUT_BODY} from objects where bucket = ?1 and substr(key, 1, length(?2)) = ?2 order by key, seq desc`;
    return this.#file.all(sql, bucket, prefix);
  }

  #latest(bucket: string, key: string): StoredObject | undefined {
    return this.#file.get('select * from objects where bucket = ? and key = ? order by seq desc limit 1', bucket, key);
  }

  #insert(settings: BucketSettings, object: Omit<StoredObject, 'seq' | 'version' | 'modified_ms'>): StoredObject {
    const version = settings.versioned ? randomUUID().replaceAll('-', '') : 'null';
    if (!settings.versioned)
      this.#file.run('delete from objects where bucket = ? and key = ? and version = ?', object.bucket, object.key, version);
    const modified_ms = this.#clock.nowMs();
    const sql = `insert into objects (bucket, key, version, deleted, body, size, etag, headers, modified_ms, mode, retain_until_ms, legal_hold)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) returning seq`;
    const { bucket, key, deleted, body, size, etag, headers, mode, retain_until_ms, legal_hold } = object;
    const values = [bucket, key, version, deleted, body, size, etag, headers, modified_ms, mode, retain_until_ms, legal_hold];
    const row = this.#file.get<{ seq: number }>(sql, ...values);
    return { ...object, version, modified_ms, seq: row?.seq ?? 0 };
  }

  #lock({ locked, defaultRetention }: BucketSettings, lock: Lock): Lock {
    if (!locked && (lock.mode || lock.legal_hold)) throw new ApiError('InvalidRequest', 'Bucket is missing Object Lock Configuration');
    if (lock.mode || !defaultRetention) return lock;
    return { ...lock, mode: defaultRetention.mode, retain_until_ms: this.#clock.nowMs() + defaultRetention.days * 86_400_000 };
  }

  #refuseLocked(object: StoredObject, bypassGovernance: boolean): void {
    const retained = (object.retain_until_ms ?? 0) > this.#clock.nowMs() && !(object.mode === 'GOVERNANCE' && bypassGovernance);
    if (retained || object.legal_hold) throw new ApiError('AccessDenied', 'Access Denied because object protected by object lock.', 403);
  }
}

function demand({ ifMatch, ifNoneMatch }: Expectation, current: StoredObject | undefined): void {
  const present = current && !current.deleted ? current : undefined;
  if (ifMatch && !present) throw new ApiError('NoSuchKey', 'The specified key does not exist.', 404);
  if (ifMatch && present && ifMatch !== '*' && unquoted(ifMatch) !== unquoted(present.etag)) failed('If-Match');
  if (ifNoneMatch === '*' && present) failed('If-None-Match');
}

const unquoted = (etag: string) => etag.replaceAll('"', '');

function failed(condition: string): never {
  throw new ApiError('PreconditionFailed', `At least one of the pre-conditions you specified did not hold: ${condition}`, 412);
}
