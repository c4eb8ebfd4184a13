import type { Message, MessageKind } from './message.ts';

export interface MessageOrder {
  readonly deploymentId: string;
  readonly kind: MessageKind;
  /** Which entry of which state orders it, so that an order that is repeated tells nobody twice. */
  readonly entryKey?: string;
}

/** The outbox: what is ordered here is told by somebody else, with retries; a message never holds a deployment up. */
export interface Outbox {
  order(message: MessageOrder): Promise<void>;
}

/** An order as its consumer got it, which it can put off. */
export interface Postponable {
  /** Makes the order come back after some seconds, at most 12 hours. */
  postpone(receiptHandle: string, seconds: number): Promise<void>;
}

/** One delivery of one message, and which receipt of its order makes it. */
export interface Claim {
  readonly deploymentId: string;
  readonly entryKey: string;
  readonly holder: string;
}

/** The number of the attempt that the holder may make now, or when to ask again. */
export type Claimed = { readonly attempt: number } | { readonly againInSeconds: number };

/** Who is sending what, so that two receipts of one order do not both send; a claim lapses, so that a crash between claim and send loses nothing. */
export interface Deliveries {
  claim(claim: Claim): Promise<Claimed>;
  /** Gives back what an attempt could not send; it is free in so many seconds. */
  release(claim: Claim, attempt: number, seconds: number): Promise<void>;
}

export interface Mail {
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
}

/** Mail to one person, since every approver's link is their own. */
export interface Mailer {
  send(to: readonly string[], mail: Mail): Promise<void>;
}

/** A room that everyone in it reads. Throws ChannelRefused with the channel's wish of when to try again. */
export interface Room {
  post(message: Message): Promise<void>;
}
