import { createHash } from 'node:crypto';

export type MessageAttributes = Record<string, { DataType: string; StringValue?: string; BinaryValue?: string }>;

/** Digests a message body as SQS does, in lower-case hex. */
export const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/** Digests message attributes in SQS's length-prefixed encoding; nothing for no attributes. */
export function md5OfAttributes(attributes: MessageAttributes): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const hash = createHash('md5');
  for (const name of names) {
    const { DataType = '', StringValue, BinaryValue } = attributes[name] ?? {};
    hash.update(prefixed(name)).update(prefixed(DataType));
    hash.update(Buffer.from([StringValue === undefined ? 2 : 1])).update(prefixed(StringValue ?? Buffer.from(BinaryValue ?? '', 'base64')));
  }
  return hash.digest('hex');
}

/** Counts the bytes that a message is billed and limited by. */
export function sizeOf(body: string, attributes: MessageAttributes): number {
  const parts = Object.entries(attributes).flatMap(([name, { DataType, StringValue = '', BinaryValue = '' }]) => [
    name,
    DataType,
    StringValue,
    BinaryValue,
  ]);
  return [body, ...parts].reduce((sum, part) => sum + Buffer.byteLength(part), 0);
}

function prefixed(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
