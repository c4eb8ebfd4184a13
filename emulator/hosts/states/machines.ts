import { createHash } from 'node:crypto';
import { ApiError } from '../host.ts';
import type { Machine } from './journal.ts';
import type { Service } from './service.ts';
import { definitionProblems } from './validation.ts';

export function putMachine(service: Service, name: string, definition: string, roleArn: string): Machine {
  const problems = definitionProblems(definition);
  if (problems.length > 0) throw new ApiError('InvalidDefinition', `Invalid State Machine Definition: '${problems.join(', ')}'`);
  const arn = arnOfMachine(service, name);
  const nowMs = service.context.clock.nowMs();
  const revision = `${arn}#${createHash('sha256').update(`${roleArn}\n${definition}`).digest('hex').slice(0, 32)}`;
  const machine: Machine = { arn, name, createdMs: service.journal.machine(arn)?.createdMs ?? nowMs, revision };
  service.journal.saveMachine(machine, { revision, definition, roleArn, updatedMs: nowMs });
  return machine;
}

export const arnOfMachine = ({ context }: Service, name: string) =>
  `arn:aws:states:${context.region}:${context.account}:stateMachine:${name}`;

/** The part of a revision's key that AWS would call its id. */
export const revisionId = (revision: string) => revision.slice(revision.indexOf('#') + 1);
