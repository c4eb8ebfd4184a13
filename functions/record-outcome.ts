import { defect, executionInput, results, taskOf } from '#contract';
import { outcomeOf } from '#domain/outcome-of';
import { conclude } from '#support/conclude';
import { answering, occasionOf } from '#support/handler';

const outcomeTask = taskOf(executionInput).extend({ defect });

export const handler = answering(results.RecordOutcome)(outcomeTask, (task) =>
  conclude(task.input.deploymentId, occasionOf(task), (current) => outcomeOf(current, task.defect)),
);
