import { defect, executionInput, results, taskOf } from '#contract';
import { entryOf } from '#deployment/entry';
import { conclude } from '#outcome/conclude.flow';
import { outcomeOf } from '#outcome/outcome-of';
import { returning } from '#platform/handler';
import { concludePorts } from '#services';

const outcomeTask = taskOf(executionInput).extend({ defect });

export const handler = returning(results.RecordOutcome)(outcomeTask, (task) =>
  conclude(concludePorts(), task.input.deploymentId, entryOf(task), (current) => outcomeOf(current, task.defect)),
);
