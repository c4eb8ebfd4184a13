import type { RecordTable } from '#platform/record-table.dynamodb';
import type { History, Lesson, PastOutcome } from './history.port.ts';

/** Keeps outcomes in one partition per history key, and lessons in one per application. */
export class DynamoDbHistory implements History {
  readonly #records: RecordTable;

  constructor(records: RecordTable) {
    this.#records = records;
  }

  async previousResolutions(historyKey: string): Promise<number> {
    const outcomes = (await this.#records.partition(`history#${historyKey}`)) as unknown as PastOutcome[];
    return outcomes.filter((past) => past.outcome === 'Deployed').length;
  }

  async addOutcome(historyKey: string, outcome: PastOutcome): Promise<void> {
    await this.#records.put(`history#${historyKey}`, outcome.deploymentId, outcome);
  }

  async addLesson(lesson: Lesson): Promise<void> {
    await this.#records.put(`lessons#${lesson.application}`, lesson.lessonId, lesson);
  }

  async lessons(application: string): Promise<Lesson[]> {
    return (await this.#records.partition(`lessons#${application}`)) as unknown as Lesson[];
  }
}
