import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { seededRandom } from '@sluice/emulator';
import { strToU8, unzipSync, zipSync } from 'fflate';
import type { Deployment } from '#deployment/deployment';
import type { Release } from '#deployment/release';
import { buildArtifact } from '#fix/jobs/artifact';
import { git } from '#fix/jobs/command';
import { installDependencies } from '#fix/jobs/dependencies';
import type { Application } from '#policy/application';
import { type EnvironmentName, type EnvironmentPolicy, localPolicy, type Policy } from '#policy/policy';
import { passLockOn } from '#release/pass-lock-on.flow';
import { deployments, lockPorts } from '#services';
import { application } from '../../cli/start/storefront.ts';
import { nextRequest } from '../../examples/storefront/traffic.ts';
import { deploymentWith, fix, releaseIn } from '../fixtures/deployment.ts';
import { Sluice, unhurried } from './sluice.ts';
import { UsersReport } from './users-report.ts';

export type Behaviour = 'sound' | 'weak';

/** The changes of a scenario to the application or to the deployment. */
export interface Otherwise {
  readonly configure?: (it: Application) => Application;
  readonly change?: (it: Deployment) => Deployment;
}

/** A running release, and the responses to its users. */
export interface Seen {
  readonly id: string;
  readonly strategy: string;
  sent: number;
  failed: number;
}

const REQUESTS_PER_SECOND = 20;
const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));

/**
 * Releases to the alias of one environment with the real machines, bundles and roles.
 * The fix is built in advance and stored as a build would store it.
 */
export class LambdaReleases {
  readonly sluice: Sluice;
  readonly environment: EnvironmentName;
  readonly #zips: Readonly<Record<Behaviour, Uint8Array>>;
  /** True if users send only requests on which the weak candidate fails, so that a small canary cannot pass by luck. */
  awkward = false;
  /** True if there are no users. */
  quiet = false;
  readonly #report = new UsersReport('lambda');
  #count = 0;
  #seen: Seen | undefined;

  private constructor(sluice: Sluice, environment: EnvironmentName, zips: Readonly<Record<Behaviour, Uint8Array>>) {
    this.sluice = sluice;
    this.environment = environment;
    this.#zips = zips;
  }

  static async start(environment: EnvironmentName = 'staging'): Promise<LambdaReleases> {
    const sluice = await Sluice.start({ history: false, requestsPerSecond: 0.001 });
    const weak = JSON.parse(readFileSync(new URL('../../examples/issues/c-code-quality.json', import.meta.url), 'utf8')).Detail.fix.patch;
    const releases = new LambdaReleases(sluice, environment, { sound: built(sluice.repository), weak: built(sluice.repository, weak) });
    releases.#sendTraffic();
    return releases;
  }

  async stop(): Promise<void> {
    this.#report.print();
    await this.sluice.stop();
  }

  /** Opens a deployment with a fix that behaves as given and starts only its release. */
  async release(behaviour: Behaviour, strategy: Partial<EnvironmentPolicy>, otherwise: Otherwise = {}): Promise<Seen> {
    const { configure = (it) => it, change = (it) => it } = otherwise;
    const { environment } = this;
    const id = `auto-deploy-20260302-${String(++this.#count).padStart(10, '0')}`;
    const policy = policyWith(environment, strategy);
    const zip = Buffer.from(
      zipSync({ ...unzipSync(this.#zips[behaviour]), 'release.txt': strToU8(id) }, { mtime: '2026-01-01T00:00:00Z' }),
    );
    const artifactKey = `deployments/${id}/artifact.zip`;
    const { runtime, clock } = this.sluice;
    runtime.hosts.s3.putAsset(runtime.outputs.ArtifactsBucket as string, artifactKey, zip);
    await this.sluice.reconfigure((configured) => configure({ ...configured, policy }));
    const artifact = { artifactKey, digest: createHash('sha256').update(zip).digest('base64') };
    await clock.runUntil(open(change(unreleased(id, policy, artifact, environment))));
    this.#seen = { id, strategy: policy[environment].strategy, sent: 0, failed: 0 };
    await new SFNClient().send(
      new StartExecutionCommand({
        stateMachineArn: runtime.outputs.ReleaseMachineArn,
        name: `${id}-${environment}`,
        input: JSON.stringify({ deploymentId: id, environment }),
      }),
    );
    return this.#seen;
  }

  /** Waits for the end of the release, and resets users and configuration for the next one. */
  async over({ id, strategy }: Seen): Promise<Release> {
    const release = await this.reached(id, ({ finishedAt }) => finishedAt !== undefined);
    this.#report.add(strategy, release, this.#seen?.sent ?? 0, this.#seen?.failed ?? 0);
    if (release.result === 'RollbackFailed') await this.#mend(release, id);
    [this.awkward, this.quiet] = [false, false];
    await this.sluice.later(2);
    return release;
  }

  /** Lets time run until the release is as wanted. */
  async reached(id: string, wanted: (release: Release) => boolean): Promise<Release> {
    const release = (deployment: Deployment) => deployment[this.environment];
    return release(await this.sluice.until(id, (deployment) => wanted(release(deployment) ?? ({} as Release)))) as Release;
  }

  serving = (): Promise<string | undefined> => this.sluice.serving(this.environment);

  /** From a step on, users send only the requests on which the weak candidate fails. */
  async awkwardFrom({ id }: Seen, stepIndex: number): Promise<void> {
    await this.reached(id, (release) => release.stepIndex >= stepIndex);
    this.awkward = true;
  }

  async askedToStop({ id }: Seen): Promise<void> {
    const stopRequest = {
      kind: 'rollback' as const,
      by: 'ana@acme.example',
      at: new Date(this.sluice.clock.nowMs()).toISOString(),
      reason: 'odd',
    };
    const event = { type: 'StopRequested' as const, ...stopRequest };
    const change = (current: Deployment) => ({ event, next: { ...current, stopRequest } });
    await this.sluice.clock.runUntil(deployments().record(id, { entryKey: 'test/stop', actor: 'test' }, change));
  }

  /** Acts as a person after a failed rollback: restores the baseline, then releases the lock. */
  async #mend({ baseline }: Release, id: string): Promise<void> {
    await this.sluice.moveAliasByHand(this.environment, baseline?.version as string);
    const key = { application: 'storefront', environment: this.environment };
    await this.sluice.clock.runUntil(passLockOn(lockPorts(), key, id, { entryKey: 'test/mended', actor: 'test' }));
  }

  #sendTraffic(): void {
    const lambda = new LambdaClient();
    const random = seededRandom(3);
    const { clock } = this.sluice;
    const { functionName: FunctionName, alias: Qualifier } = lambdaOf(application(), this.environment);
    const send = () => {
      clock.at(clock.nowMs() + 1000 / REQUESTS_PER_SECOND, send);
      if (this.quiet) return;
      const done = clock.hold('traffic');
      const Payload = Buffer.from(JSON.stringify((this.awkward ? awkwardRequest(random) : nextRequest('staging', random)).event));
      void lambda
        .send(new InvokeCommand({ FunctionName, Qualifier, Payload }))
        .then((answer) => this.#count1(answer.FunctionError !== undefined || statusOf(answer.Payload) >= 500))
        .finally(done);
    };
    clock.at(clock.nowMs(), send);
  }

  #count1(failed: boolean): void {
    if (!this.#seen) return;
    this.#seen.sent++;
    if (failed) this.#seen.failed++;
  }
}

/** The last fifth of production's mix: searches with a stray percent sign. */
const awkwardRequest = (random: () => number) => nextRequest('production', () => 0.81 + 0.18 * random());

const statusOf = (payload: Uint8Array | undefined): number => JSON.parse(Buffer.from(payload ?? []).toString('utf8')).statusCode;

function lambdaOf({ targets }: Pick<Application, 'targets'>, environment: EnvironmentName) {
  const target = targets[environment];
  if (target.kind !== 'lambda') throw new Error('the storefront is a Lambda function');
  return target;
}

/** Builds the storefront as its build job does, with or without a patch. */
function built(repository: string, patch?: string): Uint8Array {
  const checkout = mkdtempSync(join(tmpdir(), 'storefront-'));
  try {
    git(checkout, 'clone', '--quiet', repository, '.');
    if (patch) {
      writeFileSync(join(checkout, 'fix.patch'), patch);
      git(checkout, 'apply', 'fix.patch');
      rmSync(join(checkout, 'fix.patch'));
    }
    installDependencies(checkout, modules);
    return buildArtifact(checkout);
  } finally {
    rmSync(checkout, { recursive: true, force: true });
  }
}

const { production } = localPolicy;
/** Short watches with few minimum requests: a canary of these users gets only a few requests each second. */
const quick = unhurried({
  ...production,
  bakeSeconds: 2,
  monitorSeconds: 2,
  verifySeconds: 0,
  inconclusiveLimit: 3,
  historyIntervals: 6,
  limits: { ...production.limits, minimumRequests: 2 },
});

const policyWith = (environment: EnvironmentName, strategy: Partial<EnvironmentPolicy>): Policy => ({
  ...localPolicy,
  [environment]: { ...quick, ...strategy },
});

/** A deployment before its release to an environment. Before production, it has been released to staging. */
function unreleased(
  id: string,
  policy: Policy,
  artifact: { artifactKey: string; digest: string },
  environment: EnvironmentName,
): Deployment {
  const open = {
    staging: undefined,
    production: undefined,
    outcome: undefined,
    outcomeReason: undefined,
    stages: [],
    sequence: 0,
    headHash: '',
  };
  const before = environment === 'production' ? { ...open, staging: releaseIn('staging') } : open;
  return deploymentWith({ ...before, id, policy, status: 'Resolving', fix: { ...fix, commit: 'base', baseCommit: 'base', ...artifact } });
}

async function open(deployment: Deployment): Promise<void> {
  const { id, policy } = deployment;
  const event = {
    type: 'IssueAdmitted' as const,
    issueId: id,
    issueDigest: id,
    fingerprint: id,
    domain: 'test-failures',
    severity: 'low',
    channel: 'bus',
    policyVersion: policy.version,
  };
  const created = await deployments().create(deployment, event, { entryKey: `test/${id}`, actor: 'test' });
  if (!created) throw new Error(`${id} exists`);
}
