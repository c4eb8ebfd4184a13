import type { ApiCall } from '../hosts/host.ts';
import type { Policies, Statement } from '../hosts/iam/statements.ts';
import { creationNeeds, type Observed } from './creation.ts';
import { type Denial, denialOf, refusal } from './denial.ts';
import { evaluate } from './evaluate.ts';
import type { Need, Surroundings } from './need.ts';
import { absenceNeed } from './s3-needs.ts';
import { checkStatement } from './statement.ts';
import { needsOf } from './table.ts';
import { checkTrust } from './trust.ts';

/** Something that a caller did with the template's permission; kept once per set of statements that allow it. */
export interface Exercise {
  readonly caller: string;
  readonly need: Need;
}

/** Holds every call of a role or a service against the statements of the template. */
export class Authorization {
  readonly #policies: Policies;
  readonly #where: Surroundings;
  readonly #operatorArn: string;
  readonly #denied = new Map<string, Denial>();
  readonly #exercised = new Map<string, Exercise>();
  readonly #numbers = new Map<Statement, number>();

  constructor(policies: Policies, where: Surroundings, operatorArn: string) {
    this.#policies = policies;
    this.#where = where;
    this.#operatorArn = operatorArn;
    for (const statement of [...policies.identity.values(), ...policies.resource.values()].flat()) checkStatement(statement);
  }

  /** Throws AccessDenied unless the caller may do all that the call needs; the operator may do everything. */
  check(call: ApiCall): void {
    if (call.caller.arn === this.#operatorArn) return;
    for (const wanted of needsOf(call, this.#where)) this.#demand(call, wanted);
  }

  /** Throws AccessDenied instead of telling that a key does not exist to those who may not list the bucket. */
  checkAbsence(call: ApiCall): void {
    if (call.caller.arn !== this.#operatorArn) this.#demand(call, absenceNeed(call));
  }

  /**
   * Throws an error that names a resource with a role that distrusts its service, or that lacks a right the service
   * needs.
   */
  checkCreation(observed: readonly Observed[]): void {
    checkTrust(observed, this.#policies, this.#where);
    for (const { logicalId, type, caller, need, refused } of creationNeeds(observed, this.#where)) {
      const denial = this.#judge(caller, need);
      if (denial) throw new Error(`${logicalId} (${type}): ${refused}: ${denial.message}`);
    }
  }

  get denied(): Denial[] {
    return [...this.#denied.values()];
  }

  get exercised(): Exercise[] {
    return [...this.#exercised.values()];
  }

  #demand(call: ApiCall, wanted: Need): void {
    const denial = this.#judge(call.caller.arn, wanted);
    if (denial) throw refusal(denial, call);
  }

  #judge(caller: string, wanted: Need): Denial | undefined {
    const decision = evaluate(this.#policies, caller, wanted);
    if (decision.allowed) {
      const key = [caller, wanted.action, ...decision.by.map((statement) => this.#numberOf(statement))].join(' ');
      if (!this.#exercised.has(key)) this.#exercised.set(key, { caller, need: wanted });
      return undefined;
    }
    const denial = denialOf(caller, wanted, decision.because);
    this.#denied.set(denial.message, denial);
    return denial;
  }

  #numberOf(statement: Statement): number {
    const known = this.#numbers.get(statement);
    if (known !== undefined) return known;
    this.#numbers.set(statement, this.#numbers.size);
    return this.#numbers.size - 1;
  }
}
