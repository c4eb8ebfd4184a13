import { ApplicationNotFound } from '#platform/errors';
import type { RecordTable } from '#platform/record-table.dynamodb';
import { type Application, applicationSchema } from './application.ts';
import type { Applications } from './applications.port.ts';

/** Applications in the partition `applications`, each under its name. */
export class DynamoDbApplications implements Applications {
  readonly #records: RecordTable;

  constructor(records: RecordTable) {
    this.#records = records;
  }

  async readApplication(name: string): Promise<Application> {
    const body = await this.#records.get('applications', name);
    if (!body) throw new ApplicationNotFound(name);
    return applicationSchema.parse(body);
  }

  async listApplications(): Promise<Application[]> {
    return (await this.#records.partition('applications')).map((body) => applicationSchema.parse(body));
  }

  async register(application: Application): Promise<void> {
    await this.#records.put('applications', application.name, application);
  }
}
