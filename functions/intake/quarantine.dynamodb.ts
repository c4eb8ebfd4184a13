import type { RecordTable } from '#platform/record-table.dynamodb';
import type { Quarantine, QuarantinedMessage } from './quarantine.port.ts';

/** Keeps refused messages in the partition `quarantine`, by time and message id. */
export class DynamoDbQuarantine implements Quarantine {
  readonly #records: RecordTable;

  constructor(records: RecordTable) {
    this.#records = records;
  }

  async keepQuarantined(message: QuarantinedMessage): Promise<void> {
    await this.#records.put('quarantine', `${message.at}#${message.messageId}`, message);
  }

  async listQuarantined(limit = 100): Promise<QuarantinedMessage[]> {
    return (await this.#records.partition('quarantine', limit)) as unknown as QuarantinedMessage[];
  }
}
