import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { strToU8, unzipSync, zipSync } from 'fflate';
import type { Deployment } from '#domain/deployment';
import { type EnvironmentPolicy, localPolicy, type Policy } from '#domain/policy';
import type { Application } from '#ports/applications';
import { handOnLock } from '#support/hand-on-lock';
import { deployments } from '#support/services';
import { application } from '../../cli/start/storefront.ts';
import { nextRequest } from '../../examples/storefront/traffic.ts';
import { buildArtifact } from '../../functions/jobs/artifact.ts';
import { git } from '../../functions/jobs/command.ts';
import { installDependencies } from '../../functions/jobs/dependencies.ts';
import { seededRandom } from '../../infra/local/seeded-random.ts';
import { deploymentWith, fix } from '../unit/deployment-fixture.ts';
import { Sluice } from './sluice.ts';

export type Behaviour = 'sound' | 'weak';

/** A release under way and what its users met. */
export interface Seen {
  readonly id: string;
  sent: number;
  failed: number;
}

const REQUESTS_PER_SECOND = 20;
const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** Releases to one environment's alias by the real machines, bundles and roles; the fix is made beforehand and stored as a build would. */
export class LambdaReleases {
  readonly sluice: Sluice;
  readonly #zips: Readonly<Record<Behaviour, Uint8Array>>;
  /** What users ask for: the weak candidate fails on some of `production`'s requests only. */
  mix: 'staging' | 'production' = 'staging';
  /** Whether any user comes at all. */
  quiet = false;
  #count = 0;
  #seen: Seen | undefined;

  private constructor(sluice: Sluice, zips: Readonly<Record<Behaviour, Uint8Array>>) {
    this.sluice = sluice;
    this.#zips = zips;
  }

  static async start(): Promise<LambdaReleases> {
    const sluice = await Sluice.start({ history: false, requestsPerSecond: 0.001 });
    const weak = JSON.parse(readFileSync(new URL('../../examples/issues/c-code-quality.json', import.meta.url), 'utf8')).Detail.fix.patch;
    const releases = new LambdaReleases(sluice, { sound: built(sluice.repository), weak: built(sluice.repository, weak) });
    releases.#sendTraffic();
    return releases;
  }

  /** Opens a deployment whose fix behaves as wanted and starts its release to staging; nothing else of the deployment runs. */
  async release(
    behaviour: Behaviour,
    strategy: Partial<EnvironmentPolicy>,
    configure: (it: Application) => Application = (it) => it,
  ): Promise<Seen> {
    const id = `auto-deploy-20260302-${String(++this.#count).padStart(10, '0')}`;
    const policy = policyWith(strategy);
    const zip = Buffer.from(
      zipSync({ ...unzipSync(this.#zips[behaviour]), 'release.txt': strToU8(id) }, { mtime: '2026-01-01T00:00:00Z' }),
    );
    const artifactKey = `deployments/${id}/artifact.zip`;
    const { runtime, clock } = this.sluice;
    runtime.hosts.s3.putAsset(runtime.outputs.ArtifactsBucket as string, artifactKey, zip);
    await this.sluice.reconfigure((configured) => configure({ ...configured, policy }));
    await clock.runUntil(open(id, policy, { artifactKey, digest: createHash('sha256').update(zip).digest('base64') }));
    this.#seen = { id, sent: 0, failed: 0 };
    await new SFNClient().send(
      new StartExecutionCommand({
        stateMachineArn: runtime.outputs.ReleaseMachineArn,
        name: `${id}-staging`,
        input: JSON.stringify({ deploymentId: id, environment: 'staging' }),
      }),
    );
    return this.#seen;
  }

  /** Waits for the release's end, and sets users and configuration back for the next one. */
  async over({ id }: Seen): Promise<NonNullable<Deployment['staging']>> {
    const { staging } = await this.sluice.until(id, (deployment) => deployment.staging?.finishedAt !== undefined);
    if (staging?.result === 'RollbackFailed') await this.#mend(id);
    [this.mix, this.quiet] = ['staging', false];
    await this.sluice.later(2);
    return staging as NonNullable<Deployment['staging']>;
  }

  /** The users become awkward when a step is reached. */
  async awkwardFrom({ id }: Seen, stepIndex: number): Promise<void> {
    await this.sluice.until(id, ({ staging }) => (staging?.stepIndex ?? -1) >= stepIndex);
    this.mix = 'production';
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
    await this.sluice.clock.runUntil(deployments().record(id, { place: 'test/stop', actor: 'test' }, change));
  }

  /** What a person does after a failed rollback: puts the old version back, then gives the lock free. */
  async #mend(id: string): Promise<void> {
    const { staging } = await deployments().read(id);
    await this.sluice.moveAliasByHand('staging', staging?.baseline?.version as string);
    const key = { application: 'storefront', environment: 'staging' } as const;
    await this.sluice.clock.runUntil(handOnLock(key, id, { place: 'test/mended', actor: 'test' }));
  }

  #sendTraffic(): void {
    const lambda = new LambdaClient();
    const random = seededRandom(3);
    const { clock } = this.sluice;
    const { functionName: FunctionName, alias: Qualifier } = lambdaOf(application());
    const send = () => {
      clock.at(clock.nowMs() + 1000 / REQUESTS_PER_SECOND, send);
      if (this.quiet) return;
      const done = clock.hold('traffic');
      const Payload = Buffer.from(JSON.stringify(nextRequest(this.mix, random).event));
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

const statusOf = (payload: Uint8Array | undefined): number => JSON.parse(Buffer.from(payload ?? []).toString('utf8')).statusCode;

function lambdaOf({ targets }: Pick<Application, 'targets'>) {
  if (targets.staging.kind !== 'lambda') throw new Error('the storefront is a Lambda function');
  return targets.staging;
}

/** Builds the storefront as its build job does, with a patch or as it is. */
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

const policyWith = (strategy: Partial<EnvironmentPolicy>): Policy => ({
  ...localPolicy,
  staging: { ...localPolicy.production, bakeSeconds: 2, monitorSeconds: 2, verifySeconds: 0, inconclusiveLimit: 3, ...strategy },
});

async function open(id: string, policy: Policy, artifact: { artifactKey: string; digest: string }): Promise<void> {
  const unreleased = { staging: undefined, production: undefined, outcome: undefined, outcomeReason: undefined, stages: [] };
  const start = { id, policy, sequence: 0, headHash: '', status: 'Resolving' as const, fix: { ...fix, ...artifact } };
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
  const created = await deployments().create(deploymentWith({ ...start, ...unreleased }), event, { place: `test/${id}`, actor: 'test' });
  if (!created) throw new Error(`${id} exists`);
}
