import { defect, executionInput, results, taskOf } from '#contract';
import { occasionOf } from '#deployment/occasion';
import { conclude } from '#outcome/conclude.flow';
import { outcomeOf } from '#outcome/outcome-of';
import { returning } from '#platform/handler';
import { concludePorts } from '#services';

const outcomeTask = taskOf(executionInput).extend({ defect });

export const handler = returning(results.RecordOutcome)(outcomeTask, (task) =>
  conclude(concludePorts(), task.input.deploymentId, occasionOf(task), (current) => outcomeOf(current, task.defect)),
);
