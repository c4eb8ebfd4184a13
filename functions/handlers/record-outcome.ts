import { defect, executionInput, type ResultOf, taskOf } from '#contract';
import { occasionOf } from '#deployment/occasion';
import { conclude } from '#outcome/conclude.flow';
import { outcomeOf } from '#outcome/outcome-of';
import { lambda } from '#platform/handler';
import { concludePorts } from '#services';

const outcomeTask = taskOf(executionInput).extend({ defect });

export const handler = lambda(
  outcomeTask,
  (task): Promise<ResultOf<'RecordOutcome'>> =>
    conclude(concludePorts(), task.input.deploymentId, occasionOf(task), (current) => outcomeOf(current, task.defect)),
);
