export interface QuarantinedMessage {
  readonly messageId: string;
  readonly at: string;
  readonly channel: string;
  readonly reason: string;
  /** The message as it arrived, at most its first 64 KiB. */
  readonly body: string;
}

/** Keeps the messages that Sluice refused, each with the reason and what to do. */
export interface Quarantine {
  keepQuarantined(message: QuarantinedMessage): Promise<void>;
  listQuarantined(limit?: number): Promise<QuarantinedMessage[]>;
}
