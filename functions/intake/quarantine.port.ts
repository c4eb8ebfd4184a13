export interface QuarantinedMessage {
  readonly messageId: string;
  readonly at: string;
  readonly channel: string;
  readonly reason: string;
  /** What arrived, at most the first 64 KiB. */
  readonly body: string;
}

/** What could not be admitted, kept with the reason and what to do. */
export interface Quarantine {
  keepQuarantined(message: QuarantinedMessage): Promise<void>;
  listQuarantined(limit?: number): Promise<QuarantinedMessage[]>;
}
