import batchWriteItemAction from 'dynalite/actions/batchWriteItem.js';
import deleteItemAction from 'dynalite/actions/deleteItem.js';
import getItemAction from 'dynalite/actions/getItem.js';
import putItemAction from 'dynalite/actions/putItem.js';
import queryAction from 'dynalite/actions/query.js';
import scanAction from 'dynalite/actions/scan.js';
import updateItemAction from 'dynalite/actions/updateItem.js';
import type { ServiceError } from 'dynalite/db/index.js';
import batchGetItem from 'dynalite/validations/batchGetItem.js';
import batchWriteItem from 'dynalite/validations/batchWriteItem.js';
import createTable from 'dynalite/validations/createTable.js';
import deleteItem from 'dynalite/validations/deleteItem.js';
import getItem from 'dynalite/validations/getItem.js';
import validations from 'dynalite/validations/index.js';
import listTables from 'dynalite/validations/listTables.js';
import putItem from 'dynalite/validations/putItem.js';
import query from 'dynalite/validations/query.js';
import scan from 'dynalite/validations/scan.js';
import updateItem from 'dynalite/validations/updateItem.js';
import { ApiError } from '../host.ts';
import { LARGEST_ITEM_BYTES } from './size.ts';
import type { Request, Response } from './wire.ts';

const VALIDATIONS = { batchGetItem, batchWriteItem, createTable, deleteItem, getItem, listTables, putItem, query, scan, updateItem };
const ACTIONS = {
  batchWriteItem: batchWriteItemAction,
  deleteItem: deleteItemAction,
  getItem: getItemAction,
  putItem: putItemAction,
  query: queryAction,
  scan: scanAction,
  updateItem: updateItemAction,
};
const LIMITS = { options: { maxItemSize: LARGEST_ITEM_BYTES } };

export type Validated = keyof typeof VALIDATIONS;
export type Performed = keyof typeof ACTIONS;

/** Parses a request as dynalite does, expressions included; a member that dynalite would drop silently is refused. */
export function validate(operation: Validated, request: Request): Request {
  const { types, custom } = VALIDATIONS[operation];
  const unknown = Object.keys(request).filter((member) => request[member] != null && !(member in types));
  if (unknown.length) throw new ApiError('ValidationException', `${operation} does not support here: ${unknown.join(', ')}`);
  return orApiError(() => {
    const parsed = validations.checkTypes({ ...request }, types);
    validations.checkValidations(parsed, types, custom, LIMITS);
    orderRemovals(parsed);
    return parsed;
  });
}

/** Runs one of dynalite's actions to its end. The store returns at once, so the action needs no later turn. */
export function perform(action: Performed, request: Request, store: { pump(): void }): Response {
  let outcome: { error: Error | null; response?: Response } | undefined;
  ACTIONS[action]({ ...store, ...LIMITS }, request, (error, response) => {
    outcome = { error, response };
  });
  store.pump();
  const { error, response = {} } = outcome ?? { error: new Error(`dynalite's ${action} did not finish at once`) };
  if (error) throw toApiError(error);
  return response;
}

/** dynalite's checks return their errors. This throws them. */
export function refuse(error: Error | null | undefined): void {
  if (error) throw toApiError(error);
}

interface Section {
  type: string;
  path: (string | number)[];
}

// Removals of list elements name the positions before the update. dynalite applies them one by one, so the last go
// first.
function orderRemovals({ _updates }: { _updates?: { sections: Section[] } }): void {
  if (!_updates) return;
  const removesElement = ({ type, path }: Section) => type === 'remove' && typeof path.at(-1) === 'number';
  const removals = _updates.sections.filter(removesElement);
  removals.sort((a, b) => b.path.length - a.path.length || Number(b.path.at(-1)) - Number(a.path.at(-1)));
  _updates.sections = [..._updates.sections.filter((section) => !removesElement(section)), ...removals];
}

function orApiError<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw toApiError(error as Error);
  }
}

function toApiError(error: Error): Error {
  if (!('body' in error)) return error;
  const { statusCode, body } = error as ServiceError;
  return new ApiError(body.__type.replace(/^.*#/, ''), body.message ?? body.Message ?? '', statusCode);
}
