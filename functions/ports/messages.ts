export const messageKinds = [
  'escalated',
  'deployed',
  'rolled-back',
  'critical',
  'approval-requested',
  'cancel-window',
  'cancelled',
  'staging-failed',
] as const;
export type MessageKind = (typeof messageKinds)[number];

export interface MessageOrder {
  readonly deploymentId: string;
  readonly kind: MessageKind;
}

/** The outbox: what is ordered here is told by somebody else, with retries; a message never holds a deployment up. */
export interface Outbox {
  order(message: MessageOrder): Promise<void>;
}

export interface OutgoingMessage {
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
}

/** One way to reach people. */
export interface MessageChannel {
  readonly name: string;
  send(to: readonly string[], message: OutgoingMessage): Promise<void>;
}
