import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Secrets } from '#platform/secrets.port';
import { buildArtifact } from './artifact.ts';
import { git, run } from './command.ts';
import { installDependencies } from './dependencies.ts';
import type { Brief, JobBucket } from './job-bucket.ts';
import { openRepository, type Remote } from './repository-access.ts';
import { resolutionPlan } from './resolution-plan.ts';
import { executeWorkflow } from './workflows.ts';

export interface MadeFix {
  readonly commit: string;
  readonly baseCommit: string;
  readonly branch: string;
}

/**
 * Makes the fix: plan, commit on its own branch, bundle, diff and artifact.
 * The same brief makes the same commit and artifact.
 */
export async function makeFix(bucket: JobBucket, secrets: Secrets, imageModules: string | undefined): Promise<MadeFix> {
  const brief = await bucket.brief();
  for (const [name, text] of Object.entries(resolutionPlan(brief))) await bucket.put(name, text);
  const remote = await openRepository(brief, secrets);
  const checkout = mkdtempSync(join(tmpdir(), 'make-fix-'));
  try {
    cloneAtBase(checkout, brief, remote);
    const fix = commitFix(checkout, brief, remote);
    await store(checkout, fix, bucket, imageModules);
    return fix;
  } finally {
    rmSync(checkout, { recursive: true, force: true });
  }
}

function cloneAtBase(folder: string, { repositoryUrl, baseCommit }: Brief, remote: Remote): void {
  remote(folder, 'clone', '--quiet', '--no-hardlinks', '--', repositoryUrl, '.');
  if (baseCommit) git(folder, 'checkout', '--quiet', '--detach', baseCommit);
}

function commitFix(folder: string, brief: Brief, remote: Remote): MadeFix {
  const baseCommit = git(folder, 'rev-parse', 'HEAD').trim();
  executeWorkflow(folder, brief.issue.fix);
  run('git', ['commit', '--quiet', '--no-verify', '--message', messageOf(brief)], folder, identityOf(brief));
  const branch = `sluice/${brief.deploymentId}`;
  remote(folder, 'push', '--quiet', '--force-with-lease', 'origin', `HEAD:refs/heads/${branch}`);
  return { commit: git(folder, 'rev-parse', 'HEAD').trim(), baseCommit, branch };
}

const messageOf = ({ deploymentId, issue }: Brief) => `${issue.title.replace(/\s+/g, ' ').trim()}\n\nSluice-Deployment: ${deploymentId}`;

/** The dates are fixed, so the same fix made twice is the same commit. */
function identityOf({ issue }: Brief): Record<string, string> {
  const author = issue.fix.workflow === 'ready-patch' ? issue.fix.author : 'sluice';
  const date = `@${Math.floor(Date.parse(issue.detectedAt) / 1000)} +0000`;
  return {
    GIT_AUTHOR_NAME: author,
    GIT_AUTHOR_EMAIL: author,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: 'Sluice',
    GIT_COMMITTER_EMAIL: 'sluice',
    GIT_COMMITTER_DATE: date,
  };
}

/** Shows each path under its own name. The repository's attributes cannot change how a diff looks. */
const plainDiff = ['diff', '--no-color', '--full-index', '--text', '--no-renames', '--no-ext-diff', '--no-textconv'];

async function store(checkout: string, fix: MadeFix, bucket: JobBucket, imageModules: string | undefined): Promise<void> {
  const bundle = join(checkout, '.git', 'commit.bundle');
  git(checkout, 'bundle', 'create', '--quiet', bundle, 'HEAD');
  await bucket.put('diff.patch', git(checkout, ...plainDiff, `${fix.baseCommit}..${fix.commit}`));
  await bucket.put('commit.bundle', readFileSync(bundle));
  installDependencies(checkout, imageModules);
  await bucket.put('artifact.zip', buildArtifact(checkout));
  await bucket.put('commit.json', JSON.stringify(fix));
}
