import type { Message } from '#domain/message';

export const messageKinds = [
  'escalated',
  'deployed',
  'rolled-back',
  'critical',
  'approval-requested',
  'cancel-window',
  'cancelled',
  'staging-failed',
  'stuck',
] as const;
export type MessageKind = (typeof messageKinds)[number];

export interface MessageOrder {
  readonly deploymentId: string;
  readonly kind: MessageKind;
  /** Which entry of which state orders it, so that an order that is repeated tells nobody twice. */
  readonly occasion?: string;
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
