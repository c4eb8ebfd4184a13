import type { Message, MessageKind } from './message.ts';

export interface MessageOrder {
  readonly deploymentId: string;
  readonly kind: MessageKind;
  /** The entry key of the state that orders it. So a repeated order sends no message twice. */
  readonly entryKey?: string;
}

/** The outbox: a separate function sends the ordered messages, with retries. A message never delays a deployment. */
export interface Outbox {
  order(message: MessageOrder): Promise<void>;
}

/** The queue as its consumer sees it: an order can be postponed. */
export interface Postponable {
  /** Makes the order come back after some seconds, at most 12 hours. */
  postpone(receiptHandle: string, seconds: number): Promise<void>;
}

/** One delivery of one message, and the receipt of its order that makes it. */
export interface Claim {
  readonly deploymentId: string;
  readonly entryKey: string;
  readonly holder: string;
}

/** The number of the attempt that the holder may make now, or when to ask again. */
export type Claimed = { readonly attempt: number } | { readonly againInSeconds: number };

/**
 * The claims on deliveries: of two receipts of one order, only one sends.
 * A claim lapses, so the message is still sent if the sender crashed after its claim.
 */
export interface Deliveries {
  claim(claim: Claim): Promise<Claimed>;
  /** Gives back a delivery that failed. Another attempt may claim it after `seconds`. */
  release(claim: Claim, attempt: number, seconds: number): Promise<void>;
}

export interface Mail {
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
}

/** Sends mail. Each mail goes to one person, since each approver has their own links. */
export interface Mailer {
  send(to: readonly string[], mail: Mail): Promise<void>;
}

/** A chat room with many readers. Throws ChannelRefused, with the channel's Retry-After if it sent one. */
export interface ChatRoom {
  post(message: Message): Promise<void>;
}
