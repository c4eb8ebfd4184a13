import { createHmac } from 'node:crypto';
import type { Approval, Deployment } from '#deployment/deployment';
import type { Call, Input, Reply } from './calls.ts';

/** The approval machine, which waits for the answer between its two tasks, and the token that it listens to. */
export interface Machine {
  readonly phase: 'waiting' | 'settling' | 'asking' | 'done';
  readonly entry: number;
  readonly token: string;
  readonly status?: Approval['status'];
}

/** The state that programs share: the tables and the machine. It is immutable, so states can be kept and compared. */
export interface World {
  readonly items: Readonly<Record<string, string>>;
  /** Equal if two worlds are the same to each program. It leaves out items that no program reads again. */
  readonly digest: string;
  readonly machine: Machine;
  /** True if the machine may listen to another token later. */
  readonly tokensChange: boolean;
  /** True if one form is sent twice. Then two programs read its marker. */
  readonly sentTwice: boolean;
}

export const emptyWorld = (machine: Machine, tokensChange: boolean): World => ({
  items: {},
  digest: '',
  machine,
  tokensChange,
  sentTwice: false,
});

const keyOf = ({ pk, sk, deploymentId, sequence }: Input) => `${pk ?? deploymentId}/${sk ?? sequence}`;

export const projectionOf = (world: World, id: string): Deployment =>
  (parsed(world.items[`deployment#${id}/projection`] as string).value as { Item: { body: Deployment } }).Item.body;

/** Parses an item once for all states. The reply with it is the same object each time. */
const replies = new Map<string, { readonly value: unknown }>();
function parsed(item: string): { readonly value: unknown } {
  const known = replies.get(item) ?? { value: { Item: JSON.parse(item) } };
  replies.set(item, known);
  return known;
}

const nothing: Reply = { value: {} };
const gone: Reply = { refused: 'TimedOut' };

const KEYS: Readonly<Record<string, string>> = { k1: 'the older', k2: 'the newer' };
const macOf = ({ KeyId, Message }: Input) =>
  createHmac('sha256', KEYS[KeyId] as string)
    .update(Message)
    .digest();

/** KMS refuses an empty MAC and a long message with another error than a wrong MAC. */
const kmsTakes = ({ Mac, Message }: Input): true => {
  if (Mac.length < 1 || Message.length > 4096) throw new Error('ValidationException');
  return true;
};

type Step = readonly [World, Reply];

const operations: Record<Call['operation'], (world: World, input: Input) => Step> = {
  Get: (world, { Key }) => {
    const item = world.items[keyOf(Key)];
    return [world, item ? parsed(item) : nothing];
  },
  Put: (world, put) => (holds(world, put) ? [withItems(world, [put]), nothing] : [world, { refused: 'Condition' }]),
  Transact: (world, { TransactItems }) => {
    const puts = (TransactItems as { Put: Input }[]).map(({ Put }) => Put);
    if (puts.every((put) => holds(world, put))) return [withItems(world, puts), nothing];
    return [world, { refused: 'Canceled', reasons: puts.map((put) => (holds(world, put) ? 'None' : 'ConditionalCheckFailed')) }];
  },
  // A query on an index returns the deployment as it was at first, since an index may be stale.
  Query: (world, { TableName, ExpressionAttributeValues }) => {
    if (TableName === 'AUDIT_TABLE') return [world, { value: { Items: rowsOf(world, ExpressionAttributeValues) } }];
    const asked = Object.values(ExpressionAttributeValues)[0];
    const found = Object.values(world.items).map((item) => JSON.parse(item) as Input);
    return [world, { value: { Items: found.filter((item) => item.sk === 'projection' && item.status === asked && item.body.approval) } }];
  },
  Wake: (world, { taskToken }) => {
    const listens = (world.machine.phase === 'waiting' || world.machine.phase === 'asking') && world.machine.token === taskToken;
    if (!listens) return [world, gone];
    return [{ ...world, machine: { ...world.machine, phase: 'settling' } }, nothing];
  },
  Describe: (world) => [world, { value: { status: 'RUNNING' } }],
  Sign: (world, input) => [world, { value: { Mac: macOf(input) } }],
  Verify: (world, input) => [world, kmsTakes(input) && { value: { MacValid: Buffer.from(input.Mac).equals(macOf(input)) } }],
  Send: (world) => [world, nothing],
};

/** The audit rows of a deployment, or one row by its number. */
function rowsOf({ items }: World, { ':id': id, ':value': all, ':sequence': sequence }: Input): unknown[] {
  if (sequence !== undefined) return [JSON.parse(items[`${id}/${sequence}`] as string)];
  const keys = Object.keys(items).filter((key) => key.startsWith(`${all}/`));
  return keys.map((key) => JSON.parse(items[key] as string));
}

/** Makes one call on the world as DynamoDB and Step Functions do: completely or not at all. */
export const execute = (world: World, { operation, input }: Call): Step => operations[operation](world, input);

/** True if no other program can change the reply of a call any more. Then its time makes no difference. */
export function isPrivate({ operation, input }: Call, { items, machine, tokensChange, sentTwice }: World): boolean {
  if (operation === 'Get' && sentTwice && isClick(input.Key.sk)) return keyOf(input.Key) in items;
  if (operation === 'Get') return input.Key.sk !== 'projection' && (input.Key.pk !== 'approvals' || !tokensChange);
  if (operation === 'Wake') return !tokensChange && machine.phase !== 'waiting';
  return operation === 'Query' || operation === 'Describe' || operation === 'Sign' || operation === 'Verify' || operation === 'Send';
}

function holds(world: World, { Item, ConditionExpression, ExpressionAttributeValues }: Input): boolean {
  const stored = world.items[keyOf(Item)];
  const read = stored === undefined ? undefined : ((parsed(stored).value as Input).Item as Input);
  switch (ConditionExpression) {
    case undefined:
      return true;
    case 'attribute_not_exists(pk)':
    case 'attribute_not_exists(deploymentId)':
      return read === undefined;
    case '#sequence = :seen':
      return read?.sequence === ExpressionAttributeValues[':seen'];
    case 'deploymentId = :before':
      return read?.deploymentId === ExpressionAttributeValues[':before'];
    case 'freeAtMs = :seen':
      return read?.freeAtMs === ExpressionAttributeValues[':seen'];
    case 'holder = :seen':
      return read?.holder === ExpressionAttributeValues[':seen'];
    default:
      throw new Error(`no such condition here: ${ConditionExpression}`);
  }
}

function withItems(world: World, puts: readonly Input[]): World {
  const added = Object.fromEntries(puts.map(({ Item }) => [keyOf(Item), JSON.stringify(forgetOrder(Item))]));
  const items = { ...world.items, ...added };
  return { ...world, items, digest: digestOf(items, world.sentTwice) };
}

/** Removes the hash chain: it records the order of refusals, which decides nothing. So such states count as one. */
const forgetOrder = (item: Input): Input =>
  item.sk === 'projection'
    ? { ...item, body: { ...item.body, headHash: '0'.repeat(64), updatedAt: item.body.createdAt }, updatedAt: 0 }
    : item;

const isReadAgain = (key: string) =>
  key.endsWith('/projection') || key.startsWith('approvals/') || key.includes('Approval/entry') || key.startsWith('questions/');

const isClick = (key: string) => key.includes('marker#click/');

function digestOf(items: World['items'], sentTwice: boolean): string {
  const read = Object.keys(items)
    .filter((key) => isReadAgain(key) || (sentTwice && isClick(key)))
    .sort();
  const settled = Object.values(items).filter((item) => item.includes('"type":"ApprovalSettled"')).length;
  return `${settled}${read.map((key) => `${intern(key)}:${intern(items[key] as string)}`).join()}`;
}

const interned = new Map<string, number>();
function intern(text: string): number {
  const known = interned.get(text) ?? interned.size;
  interned.set(text, known);
  return known;
}
