import type { Issue } from '#deployment/issue';
import { goalIdOf } from '#intake/issue-intake';
import type { Brief } from './job-bucket.ts';

/** Writes goal, specification and tasks (R-ISSUE-3): beside the fix, not into the repository. */
export function resolutionPlan({ deploymentId, issue }: Brief): Record<'plan/goal.json' | 'plan/spec.md' | 'plan/tasks.json', string> {
  const { title, domain, severity } = issue;
  const goal = { goalId: goalIdOf(deploymentId), title, domain, severity };
  const tasks = [`execute ${issue.fix.workflow}`, 'commit and build', 'test read-only'].map((task, index) => ({
    id: index + 1,
    title: task,
  }));
  return {
    'plan/goal.json': JSON.stringify(goal, null, 2),
    'plan/spec.md': specOf(issue),
    'plan/tasks.json': JSON.stringify(tasks, null, 2),
  };
}

function specOf({ title, rootCause = 'not given', solution = 'not given', prevention = 'not given' }: Issue): string {
  return `# ${title}\n\nRoot cause: ${rootCause}\n\nSolution: ${solution}\n\nPrevention: ${prevention}\n`;
}
