import { executionInput, results, taskOf } from '#contract';
import { isTrustedAuthor } from '#domain/authors';
import { enterStage, servingCommit } from '#domain/current-release';
import { decide } from '#domain/decision';
import type { Deployment } from '#domain/deployment';
import { historyKey } from '#domain/issue-intake';
import type { Application } from '#ports/applications';
import { answering, occasionOf } from '#support/handler';
import { artifacts, deployments, now, records } from '#support/services';

export const handler = answering(results.DecideIssue)(taskOf(executionInput), async (task) => {
  const { deploymentId } = task.input;
  const deployment = await deployments().read(deploymentId);
  const application = await records().readApplication(deployment.application);
  const decision = decide({
    issue: deployment.issue,
    policy: deployment.policy,
    previousResolutions: await records().previousResolutions(historyKey(deployment.issue)),
    authorTrusted: isTrustedAuthor(deployment, application.authors),
  });
  const briefKey = await artifacts().putBrief(deploymentId, await briefOf(deployment, application));
  const recorded = await deployments().record(deploymentId, occasionOf(task), (current) => ({
    event: { type: 'DecisionMade', ...decision },
    next:
      decision.requirement === 'escalate'
        ? { ...current, decision }
        : { ...enterStage(current, 'Resolving', now().toISOString()), decision },
  }));
  return { requirement: (recorded.decision ?? decision).requirement, briefKey };
});

/** What the build is told: where the code is, what production serves, and the issue. */
async function briefOf({ id, issue }: Deployment, { name, repositoryUrl, repositoryTokenSecret }: Application) {
  const others = await deployments().ofApplication(name, 50);
  const baseCommit = servingCommit(others.filter((other) => other.id !== id));
  return { deploymentId: id, repositoryUrl, repositoryTokenSecret, baseCommit, issue };
}
