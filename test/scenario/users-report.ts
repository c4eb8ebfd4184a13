import type { Release } from '#deployment/release';

/** The responses to users in each release of a matrix, printed after the last release. */
export class UsersReport {
  readonly #target: string;
  readonly #lines: string[] = [];

  constructor(target: string) {
    this.#target = target;
  }

  add(strategy: string, { result, stepIndex, plan, rollback }: Release, sent: number, failed: number): void {
    const weight = plan[stepIndex]?.weightPercent ?? 0;
    const why = rollback ? `, by ${rollback.reason.slice(0, 60)}` : '';
    this.#lines.push(`${this.#target} ${strategy}: ${failed} of ${sent} requests failed, ${result} at ${weight} %${why}`);
  }

  print(): void {
    console.log(this.#lines.join('\n'));
  }
}
