import * as z from 'zod';
import { executionInput, type ResultOf, results, taskOf } from '#contract';
import { isTrustedAuthor } from '#decision/authors';
import { reconsider } from '#decision/decision';
import type { Decision, Deployment, Fix } from '#deployment/deployment';
import { entryOf } from '#deployment/entry';
import { enterStage } from '#deployment/stages';
import { validationReport } from '#fix/validation-report';
import { MissingFact } from '#platform/errors';
import { returning } from '#platform/handler';
import { applications, artifacts, builds, deployments, now } from '#services';
import { lockWaitSecondsOf } from '#watch/feasible';

/** The build's id, or the cause of the failed `.sync` task, in which CodeBuild names the id. */
const buildEnd = z.looseObject({ buildId: z.string().optional(), cause: z.string().optional() });
const collectTask = taskOf(executionInput).extend({ makeFix: buildEnd, testFix: buildEnd });
const failedBuild = z.looseObject({ Build: z.looseObject({ Id: z.string() }) });
const storedCommit = z.object({ commit: z.string(), baseCommit: z.string() });

export const handler = returning(results.CollectFix)(collectTask, async (task) => {
  const { deploymentId } = task.input;
  const deployment = await deployments().read(deploymentId);
  const fix = await measure(deployment, task.makeFix, task.testFix);
  const decision = await decideOnFacts(deployment, fix);
  const recorded = await deployments().record(deploymentId, entryOf(task), (current) => ({
    event: { type: 'FixCollected', ...fix },
    next: { ...enterStage(current, current.status, now().toISOString()), fix, decision },
  }));
  return resultFrom(recorded, recorded.decision ?? decision);
});

function resultFrom({ fix, policy, stopRequest }: Deployment, { requirement }: Decision): ResultOf<'CollectFix'> {
  const { approvalSeconds, cancelWindowSeconds, answerMarginSeconds } = policy;
  const window = requirement === 'approve' ? approvalSeconds : cancelWindowSeconds;
  const release = fix?.verdict === 'Successful' && requirement !== 'escalate' && !stopRequest;
  const lockWaitSeconds = { staging: lockWaitSecondsOf(policy.staging), production: lockWaitSecondsOf(policy.production) };
  return { next: release ? 'Release' : 'Stop', requirement, answerSeconds: window + answerMarginSeconds, lockWaitSeconds };
}

async function measure(deployment: Deployment, makeFix: z.infer<typeof buildEnd>, testFix: z.infer<typeof buildEnd>): Promise<Fix> {
  const { id, issue, policy } = deployment;
  const key = (name: string) => `deployments/${id}/${name}`;
  const commit = await artifacts().readText(key('commit.json'));
  return validationReport({
    deploymentId: id,
    workflow: issue.fix.workflow,
    policy,
    makeFix: await statusOf(makeFix),
    testFix: await statusOf(testFix),
    commit: commit ? storedCommit.parse(JSON.parse(commit)) : undefined,
    diff: await artifacts().readText(key('diff.patch')),
    artifact: await artifacts().measure(key('artifact.zip')),
  });
}

async function statusOf({ buildId, cause }: z.infer<typeof buildEnd>) {
  const failed = cause?.startsWith('{') ? failedBuild.safeParse(JSON.parse(cause)) : undefined;
  const id = buildId ?? failed?.data?.Build.Id;
  return id ? builds().status(id) : undefined;
}

async function decideOnFacts(deployment: Deployment, fix: Fix): Promise<Decision> {
  const { decision, issue, policy, application } = deployment;
  if (!decision) throw new MissingFact('a fix was collected before a decision was made');
  const { authors } = await applications().readApplication(application);
  const { previousResolutions } = decision;
  return reconsider({ issue, policy, previousResolutions, authorTrusted: isTrustedAuthor(deployment, authors) }, decision, fix);
}
