import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetAliasCommand, LambdaClient, UpdateAliasCommand, UpdateFunctionCodeCommand } from '@aws-sdk/client-lambda';
import { type HistoryEvent, SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { type Runtime, seededRandom, startRuntime, VirtualClock } from '@sluice/emulator';
import { strToU8, zipSync } from 'fflate';
import { chainProblems } from '#deployment/audit-chain';
import type { AuditRow } from '#deployment/audit-event';
import { type Deployment, hasEnded } from '#deployment/deployment';
import type { Application } from '#policy/application';
import { type EnvironmentPolicy, localPolicy, type Policy } from '#policy/policy';
import { deployments } from '#services';
import { connectTo, pointAt } from '../../cli/connection.ts';
import { linkIn } from '../../cli/start/approver.ts';
import { application, deployFirstVersion, importHistory, registerApplication } from '../../cli/start/storefront.ts';
import { submitText } from '../../cli/submit.ts';
import { nextRequest } from '../../examples/storefront/traffic.ts';
import type { MachineId } from '../../infra/machine-names.ts';
import { noteRights } from '../infra/rights.ts';
import { historiesOf, noteStates } from './histories.ts';

const START = Date.parse('2026-03-02T09:00:00Z');
const USERS = 'arn:aws:iam::000000000000:user/users';

/** The local policy with the shortest watches in which all stages still differ. */
export const scenarioPolicy: Policy = {
  ...localPolicy,
  staging: unhurried({ ...localPolicy.staging, monitorSeconds: 3 }),
  production: unhurried({ ...localPolicy.production, monitorSeconds: 3, verifySeconds: 5 }),
};

/** Time is virtual but latencies are real, so the limits are wide: a busy machine must decide nothing. */
export function unhurried(policy: EnvironmentPolicy): EnvironmentPolicy {
  return { ...policy, slowAtLeastMs: 30_000, limits: { ...policy.limits, responseTimeMs: 30_000 } };
}

/** The storefront as its owners configured it, with a performance probe that also passes on a busy machine. */
function storefront() {
  const configured = application();
  return { ...configured, checks: { ...configured.checks, performance: { path: '/products', requests: 3, p95Ms: 30_000 } } };
}

interface Traffic {
  readonly requestsPerSecond?: number;
  readonly productionMix?: 'staging' | 'production';
}

export interface Options extends Traffic {
  readonly policy?: Policy;
  readonly history?: boolean;
}

/** All of Sluice in virtual time: the synthesized template, the real bundles, the real SDK, and simulated users. */
export class Sluice {
  readonly runtime: Runtime;
  readonly clock: VirtualClock;
  readonly folder: string;
  readonly repository: string;
  readonly #known = new Set<string>();
  /** Virtual milliseconds between two looks of a scenario. Each look is a real read. */
  lookEveryMs = 250;
  /** Requests per second to each environment. Each request is a real invocation. */
  requestsPerSecond: number;
  /** True stops all traffic, for scenarios with hours without users. */
  quiet = false;
  /** The kind of production's requests. `staging` is harmless; `production` has queries on which a weak fix fails. */
  productionMix: 'staging' | 'production';

  private constructor(runtime: Runtime, clock: VirtualClock, folder: string, repository: string, traffic: Required<Traffic>) {
    this.productionMix = traffic.productionMix;
    this.requestsPerSecond = traffic.requestsPerSecond;
    this.runtime = runtime;
    this.clock = clock;
    this.folder = folder;
    this.repository = repository;
  }

  static async start({
    policy = scenarioPolicy,
    history = true,
    requestsPerSecond = 12,
    productionMix = 'production',
  }: Options = {}): Promise<Sluice> {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-scenario-'));
    const clock = new VirtualClock(START);
    const cloudAssembly = process.env.SLUICE_CLOUD_ASSEMBLY as string;
    const runtime = await startRuntime({ cloudAssembly, stackName: 'Sluice', dataDir: join(folder, 'data'), clock, log: () => undefined });
    pointAt(runtime.endpoint);
    connectTo(runtime.outputs);
    const version = await clock.runUntil(deployFirstVersion(folder));
    const sluice = new Sluice(runtime, clock, folder, version.repository, { requestsPerSecond, productionMix });
    await clock.runUntil(registerApplication({ ...storefront(), repositoryUrl: version.repository, policy }));
    if (history) await clock.runUntil(importHistory());
    sluice.#sendTraffic('staging', 1);
    sluice.#sendTraffic('production', 2);
    return sluice;
  }

  async stop(): Promise<void> {
    await noteStates(this.runtime, this.clock);
    noteRights(process.env.SLUICE_CLOUD_ASSEMBLY as string, this.runtime);
    await this.runtime.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Submits an example and returns the id of the deployment that it opens. */
  async submit(file: string, change: (text: string) => string = (text) => text): Promise<string> {
    const text = change(readFileSync(new URL(`../../examples/issues/${file}`, import.meta.url), 'utf8'));
    return this.clock.runUntil(submitText(text, this.runtime.outputs).then(() => this.#admitted()));
  }

  /** Submits an example that opens no deployment. */
  async resubmit(file: string): Promise<void> {
    const text = readFileSync(new URL(`../../examples/issues/${file}`, import.meta.url), 'utf8');
    await this.clock.runUntil(submitText(text, this.runtime.outputs));
  }

  /** Lets some seconds pass. */
  later(seconds: number): Promise<void> {
    return this.clock.runUntil(new Promise<void>((resolve) => this.clock.at(this.clock.nowMs() + seconds * 1000, resolve)));
  }

  /** Lets time run until the deployment is as wanted. */
  async until(id: string, wanted: (deployment: Deployment) => boolean): Promise<Deployment> {
    return this.clock.runUntil(
      this.#poll(async () => {
        const deployment = await deployments().read(id);
        return wanted(deployment) ? deployment : undefined;
      }),
    );
  }

  ended = (id: string): Promise<Deployment> => this.until(id, hasEnded);

  async trail(id: string): Promise<AuditRow[]> {
    const rows = await deployments().trail(id);
    const problems = chainProblems(rows);
    if (problems.length > 0) throw new Error(problems.join('; '));
    return rows;
  }

  /** The states that one machine entered for a deployment, in order. Repeats of the watch are folded. */
  async signature(machine: MachineId, id: string): Promise<string> {
    return (await this.#histories(machine, id)).map((events) => folded(events)).join('\n');
  }

  /** How many history events each execution of a deployment has. */
  async eventCounts(id: string): Promise<number[]> {
    const histories = await Promise.all(
      (['Deployment', 'Release', 'Approval', 'Rollback'] as const).map((machine) => this.#histories(machine, id)),
    );
    return histories.flat().map((events) => events.length);
  }

  async stopExecution(name: string, machine: 'Deployment' | 'Release' | 'Rollback'): Promise<void> {
    const stateMachineArn = this.runtime.outputs[`${machine}MachineArn`] as string;
    const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
    await new SFNClient().send(new StopExecutionCommand({ executionArn, cause: 'an operator stopped it by hand' }));
  }

  /** The version with all the traffic of an alias. While the traffic is split, undefined. */
  async serving(environment: 'staging' | 'production'): Promise<string | undefined> {
    const { functionName: FunctionName, alias: Name } = application().targets[environment];
    const { FunctionVersion, RoutingConfig } = await new LambdaClient().send(new GetAliasCommand({ FunctionName, Name }));
    return Object.keys(RoutingConfig?.AdditionalVersionWeights ?? {}).length > 0 ? undefined : FunctionVersion;
  }

  /** Points an alias to another version, as a person in a hurry does. */
  async moveAliasByHand(environment: 'staging' | 'production', FunctionVersion: string): Promise<void> {
    const { functionName: FunctionName, alias: Name } = application().targets[environment];
    await new LambdaClient().send(
      new UpdateAliasCommand({ FunctionName, Name, FunctionVersion, RoutingConfig: { AdditionalVersionWeights: {} } }),
    );
  }

  /** Replaces the code of one of Sluice's functions. Without code, it restores the code of the assembly. */
  async replaceCode(functionId: string, code?: string): Promise<void> {
    const assembly = process.env.SLUICE_CLOUD_ASSEMBLY as string;
    const { Resources } = JSON.parse(readFileSync(join(assembly, 'Sluice.template.json'), 'utf8')) as {
      Resources: Record<string, { Type: string }>;
    };
    const logicalId = Object.keys(Resources).find(
      (id) => Resources[id]?.Type === 'AWS::Lambda::Function' && id.startsWith(functionId),
    ) as string;
    const source = code ?? readFileSync(join(assembly, 'bundles', functionId, 'index.mjs'), 'utf8');
    const ZipFile = zipSync({ 'index.mjs': strToU8(source) });
    await this.clock.runUntil(
      new LambdaClient().send(new UpdateFunctionCodeCommand({ FunctionName: this.runtime.resource(logicalId).ref, ZipFile })),
    );
    await this.later(3);
  }

  /** Replaces the application's configuration during a deployment. */
  reconfigure(change: (configured: Application) => Application): Promise<void> {
    const configured = { ...storefront(), repositoryUrl: this.repository, policy: scenarioPolicy };
    return this.clock.runUntil(registerApplication(change(configured)));
  }

  /** Returns the link for one action that Sluice mailed to an approver. */
  async mailedLink(id: string, action: string, approver = 'lead@acme.example'): Promise<string> {
    return this.clock.runUntil(
      this.#poll(async () => {
        const { outcome, outcomeReason } = await deployments().read(id);
        if (outcome) throw new Error(`${id} ended as ${outcome} before its question: ${outcomeReason}`);
        const mails = await this.runtime.mails();
        const mail = mails.find(({ to, text }) => to.includes(approver) && text.includes(id) && linkIn(text, action));
        return mail && linkIn(mail.text, action);
      }),
    );
  }

  async subjects(id: string): Promise<string[]> {
    return [...new Set((await this.runtime.mails()).filter(({ text }) => text.includes(id)).map(({ subject }) => subject))];
  }

  /** Waits for the next new deployment and returns its id. */
  admitted = (): Promise<string> => this.clock.runUntil(this.#admitted());

  #histories = (machine: MachineId, id: string): Promise<HistoryEvent[][]> => historiesOf(this.runtime, machine, id);

  async #admitted(): Promise<string> {
    return this.#poll(async () => {
      const fresh = (await deployments().ofApplication('storefront', 50)).find(({ id }) => !this.#known.has(id));
      if (fresh) this.#known.add(fresh.id);
      return fresh?.id;
    });
  }

  async #poll<T>(look: () => Promise<T | undefined>): Promise<T> {
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.clock.at(this.clock.nowMs() + this.lookEveryMs, resolve));
    }
  }

  /** Users' requests bypass the SDK and the endpoint, which would take three times as long as the invocation. */
  #sendTraffic(environment: 'staging' | 'production', seed: number): void {
    const random = seededRandom(seed);
    const send = () => {
      if (this.quiet) return;
      const release = this.clock.hold('traffic');
      const { event } = nextRequest(environment === 'production' ? this.productionMix : environment, random);
      void this.#ask(environment, event)
        .catch(() => undefined)
        .finally(release);
      this.clock.at(this.clock.nowMs() + 1000 / this.requestsPerSecond, send);
    };
    this.clock.at(this.clock.nowMs(), send);
  }

  #ask(environment: 'staging' | 'production', event: object): Promise<unknown> {
    const { functionName, alias: Qualifier } = application().targets[environment];
    const path = `/2015-03-31/functions/${functionName}/invocations`;
    const query = new URLSearchParams({ Qualifier });
    const call = { signingName: 'lambda', operation: '', caller: { arn: USERS }, method: 'POST', path, query, headers: {} };
    return this.runtime.hosts.lambda.handle({ ...call, body: Buffer.from(JSON.stringify(event)) });
  }
}

function folded(events: readonly HistoryEvent[]): string {
  const names = events.flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? []);
  return names
    .join(' ')
    .replace(/(?: WaitForInterval JudgeHealth NextMove\?)+/g, ' [watch]')
    .replace(/(?: WaitForCandidate StageCandidate Staged\?)+/g, ' [staging]');
}
