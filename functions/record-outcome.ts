import { outcomeOf } from '#domain/outcome-of';
import { conclude } from '#support/conclude';
import { lambda, occasionOf } from '#support/handler';
import { defect, executionInput, type ResultOf, taskOf } from '../statemachine/contract.ts';

const outcomeTask = taskOf(executionInput).extend({ defect });

export const handler = lambda(
  outcomeTask,
  (task): Promise<ResultOf<'RecordOutcome'>> =>
    conclude(task.input.deploymentId, occasionOf(task), (current) => outcomeOf(current, task.defect)),
);
