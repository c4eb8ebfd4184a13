import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { HostContext } from '../host.ts';
import { Database } from './database.ts';
import { Expiry } from './expiry.ts';
import { Items } from './items.ts';
import { Streams } from './streams.ts';
import { Tables } from './tables.ts';

const EXPIRED_BY = { PrincipalId: 'dynamodb.amazonaws.com', Type: 'Service' };

/** Everything the operations work on. */
export interface Storage {
  readonly database: Database;
  readonly tables: Tables;
  readonly items: Items;
  readonly streams: Streams;
  readonly expiry: Expiry;
  readonly context: Pick<HostContext, 'clock' | 'region' | 'account'>;
}

/** Opens the tables that live in the context's data folder. */
export function openStorage(context: HostContext): Storage {
  mkdirSync(context.dataDir, { recursive: true });
  const database = new Database(join(context.dataDir, 'dynamodb.sqlite'));
  const tables = new Tables(database);
  const streams = new Streams(database, context.clock);
  const expiry = new Expiry(database, context.clock, (name, key) => items.remove(tables.get(name), key, EXPIRED_BY));
  const items = new Items(database, streams, () => expiry.changed());
  return { database, tables, items, streams, expiry, context };
}
