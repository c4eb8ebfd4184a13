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
  keep(message: QuarantinedMessage): Promise<void>;
  list(limit?: number): Promise<QuarantinedMessage[]>;
}
