import { ApiError, type HostContext } from '../host.ts';
import { type Event, eventOf } from './event.ts';

/** One entry of a PutEvents request. */
export interface PutEntry {
  readonly Source?: string;
  readonly DetailType?: string;
  readonly Detail?: string;
  readonly EventBusName?: string;
  readonly Resources?: string[];
  /** Epoch seconds. */
  readonly Time?: number;
}

export type Put = { readonly bus: string; readonly event: Event } | { readonly ErrorCode: string; readonly ErrorMessage: string };

const MOST_ENTRIES = 10;
const MOST_BYTES = 1_048_576;

/** Throws when a request has too many entries or bytes to be accepted at all. */
export function refuseTooMuch(entries: PutEntry[]): void {
  const texts = entries.flatMap(({ Source = '', DetailType = '', Detail = '', Resources = [] }) => [
    Source,
    DetailType,
    Detail,
    ...Resources,
  ]);
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (entries.length < 1 || entries.length > MOST_ENTRIES)
    throw new ApiError('ValidationException', 'Entries must have between 1 and 10 members');
  if (bytes > MOST_BYTES)
    throw new ApiError('ValidationException', `Total size of the entries in the request is over the limit of ${MOST_BYTES} bytes.`);
}

/** Judges one entry: the bus and the event it makes, or why it fails while the other entries continue. */
export function putEntry(context: HostContext, buses: Set<string>, entry: PutEntry, mayBeAws: boolean): Put {
  const { Source, DetailType, Detail = '', EventBusName = 'default', Resources, Time } = entry;
  const bus = EventBusName.split('/').at(-1) ?? '';
  if (!buses.has(bus)) throw new ApiError('ResourceNotFoundException', `Event bus ${EventBusName} does not exist.`);
  if (!Source) return required('Source');
  if (!DetailType) return required('DetailType');
  if (Source.startsWith('aws.') && !mayBeAws)
    return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' };
  const detail = objectIn(Detail);
  if (!detail) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
  const occurrence = { source: Source, 'detail-type': DetailType, detail, resources: Resources };
  return { bus, event: eventOf(context, occurrence, Time === undefined ? undefined : Time * 1000) };
}

const required = (name: string) => ({
  ErrorCode: 'InvalidArgument',
  ErrorMessage: `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
});

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
