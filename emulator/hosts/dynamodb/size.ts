import type { AttributeValue, Item } from './wire.ts';

export const LARGEST_ITEM_BYTES = 400 * 1024;

/** Counts an item's bytes by DynamoDB's rules: UTF-8 text, a byte for two digits, 3 for a document, 1 for a member. */
export function itemBytes(item: Item): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);
}

function valueBytes(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return numberBytes(value.N);
  if (value.B !== undefined) return Buffer.byteLength(value.B, 'base64');
  if (value.SS) return total(value.SS, (member) => Buffer.byteLength(member));
  if (value.NS) return total(value.NS, numberBytes);
  if (value.BS) return total(value.BS, (member) => Buffer.byteLength(member, 'base64'));
  if (value.L) return 3 + total(value.L, (member) => 1 + valueBytes(member));
  if (value.M) return 3 + Object.keys(value.M).length + itemBytes(value.M);
  return 1;
}

function numberBytes(number: string): number {
  const digits = number.replace(/^-|\./g, '').replace(/^0+|0+$/g, '');
  return 1 + Math.ceil(digits.length / 2) + (number.startsWith('-') ? 1 : 0);
}

const total = <T>(members: T[], bytes: (member: T) => number) => members.reduce((sum, member) => sum + bytes(member), 0);
