import { executionInput, results, taskOf } from '#contract';
import { isTrustedAuthor } from '#decision/authors';
import { decide } from '#decision/decision';
import type { Deployment } from '#deployment/deployment';
import { entryOf } from '#deployment/entry';
import { servingCommit } from '#deployment/serving';
import { enterStage } from '#deployment/stages';
import { historyKey } from '#intake/issue-intake';
import { returning } from '#platform/handler';
import type { Application } from '#policy/application';
import { applications, artifacts, deployments, history, now } from '#services';

export const handler = returning(results.DecideIssue)(taskOf(executionInput), async (task) => {
  const { deploymentId } = task.input;
  const deployment = await deployments().read(deploymentId);
  const application = await applications().readApplication(deployment.application);
  const decision = decide({
    issue: deployment.issue,
    policy: deployment.policy,
    previousResolutions: await history().previousResolutions(historyKey(deployment.issue)),
    authorTrusted: isTrustedAuthor(deployment, application.authors),
  });
  const briefKey = await artifacts().putBrief(deploymentId, await briefOf(deployment, application));
  const recorded = await deployments().record(deploymentId, entryOf(task), (current) => ({
    event: { type: 'DecisionMade', ...decision },
    next:
      decision.requirement === 'escalate'
        ? { ...current, decision }
        : { ...enterStage(current, 'Resolving', now().toISOString()), decision },
  }));
  return { requirement: (recorded.decision ?? decision).requirement, briefKey };
});

/** Builds the brief for the build: where the code is, which commit production serves, and the issue. */
async function briefOf({ id, issue }: Deployment, { name, repositoryUrl, repositoryTokenSecret }: Application) {
  const others = await deployments().ofApplication(name, 50);
  const baseCommit = servingCommit(others.filter((other) => other.id !== id));
  return { deploymentId: id, repositoryUrl, repositoryTokenSecret, baseCommit, issue };
}
