import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FixRequest, Issue } from '../domain/issue.ts';
import { buildArtifact } from './artifact.ts';
import { git, run } from './command.ts';
import { installDependencies } from './dependencies.ts';
import { type Brief, JobBucket } from './job-bucket.ts';
import { workflows } from './workflows.ts';

const bucket = new JobBucket();
const brief = await bucket.brief();
await writePlan(brief);
const checkout = cloneAtBase(brief);
const baseCommit = git(checkout, 'rev-parse', 'HEAD').trim();
(workflows[brief.issue.fix.workflow] as (folder: string, fix: FixRequest) => void)(checkout, brief.issue.fix);
const commit = commitFix(checkout, brief);
const branch = `sluice/${brief.deploymentId}`;
git(checkout, 'push', '--quiet', '--force', 'origin', `HEAD:refs/heads/${branch}`);
git(checkout, 'bundle', 'create', '--quiet', join(checkout, '.git', 'commit.bundle'), 'HEAD');
await bucket.put('diff.patch', git(checkout, 'diff', '--no-color', '--full-index', `${baseCommit}..${commit}`));
await bucket.put('commit.bundle', readFileSync(join(checkout, '.git', 'commit.bundle')));
installDependencies(checkout);
await bucket.put('artifact.zip', buildArtifact(checkout));
await bucket.put('commit.json', JSON.stringify({ commit, baseCommit, branch }));
console.log(`fix ${commit} on ${baseCommit}, branch ${branch}`);

/** Writes goal, spec and tasks beside the fix, as the guide's resolution does; not into the repository. */
async function writePlan({ deploymentId, issue }: Brief): Promise<void> {
  const goal = { goalId: `auto-${deploymentId}`, title: issue.title, domain: issue.domain, severity: issue.severity };
  const tasks = [`execute ${issue.fix.workflow}`, 'commit and build', 'test read-only'].map((title, index) => ({ id: index + 1, title }));
  await bucket.put('plan/goal.json', JSON.stringify(goal, null, 2));
  await bucket.put('plan/spec.md', specOf(issue));
  await bucket.put('plan/tasks.json', JSON.stringify(tasks, null, 2));
}

function specOf(issue: Issue): string {
  const { title, rootCause = 'not given', solution = 'not given', prevention = 'not given' } = issue;
  return `# ${title}\n\nRoot cause: ${rootCause}\n\nSolution: ${solution}\n\nPrevention: ${prevention}\n`;
}

function cloneAtBase({ repositoryUrl, baseCommit }: Brief): string {
  const folder = mkdtempSync(join(tmpdir(), 'make-fix-'));
  run('git', ['clone', '--quiet', '--no-hardlinks', repositoryUrl, folder], tmpdir());
  if (baseCommit) git(folder, 'checkout', '--quiet', '--detach', baseCommit);
  return folder;
}

/** Commits with fixed dates and author, so that making the same fix twice makes the same commit. */
function commitFix(folder: string, { deploymentId, issue }: Brief): string {
  const author = issue.fix.workflow === 'ready-patch' ? issue.fix.author : 'sluice';
  const identity = {
    GIT_AUTHOR_NAME: author,
    GIT_AUTHOR_EMAIL: author,
    GIT_AUTHOR_DATE: issue.detectedAt,
    GIT_COMMITTER_NAME: 'Sluice',
    GIT_COMMITTER_EMAIL: 'sluice',
    GIT_COMMITTER_DATE: issue.detectedAt,
  };
  run('git', ['commit', '--quiet', '--no-verify', '--message', `${issue.title}\n\nSluice-Deployment: ${deploymentId}`], folder, identity);
  return git(folder, 'rev-parse', 'HEAD').trim();
}
