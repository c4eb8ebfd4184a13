import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { git } from '#fix/jobs/command';
import { installDependencies } from '#fix/jobs/dependencies';
import { executeWorkflow } from '#fix/jobs/workflows';
import { checkNames, checksSchema } from '#policy/policy';
import type { ProbeResponse } from '#policy/probe';
import { probeEvent } from '#target/http-event';
import { verdictOfChecks } from '#target/probes';
import { runChecks } from '#target/run-checks.flow';
import type { Target } from '#target/target.port';
import configuration from '../../examples/storefront/application.json' with { type: 'json' };
import { exampleIssue, freshFolder, imageModules, storefront } from '../functions/fix/jobs/stage.ts';

const repository = storefront().path;

/** Checks the storefront out as it is deployed. If an example is named, it applies that fix. */
export function checkedOut(example?: string): string {
  const checkout = freshFolder();
  git(checkout, 'clone', '--quiet', repository, '.');
  if (example) executeWorkflow(checkout, exampleIssue(example).fix);
  installDependencies(checkout, imageModules, { withTools: true });
  return checkout;
}

/** The running storefront, in its own process and with Lambda's variables, as in Lambda. */
export class Service {
  readonly #child: ChildProcess;
  /** The printed lines. */
  printed = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (this.printed += chunk));
  }

  static async start(checkout: string): Promise<Service> {
    const child = fork(
      fileURLToPath(new URL('./storefront-process.mjs', import.meta.url)),
      [pathToFileURL(join(checkout, 'index.mjs')).href],
      {
        env: { AWS_LAMBDA_FUNCTION_NAME: 'storefront-staging', AWS_LAMBDA_FUNCTION_VERSION: '7', AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512' },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        execArgv: [],
      },
    );
    await once(child, 'message');
    return new Service(child);
  }

  async ask(event: object): Promise<ProbeResponse> {
    this.#child.send(event);
    const [answer] = await once(this.#child, 'message');
    return answer;
  }

  async stop(): Promise<string> {
    const closed = once(this.#child, 'close');
    this.#child.send('stop');
    await closed;
    return this.printed;
  }
}

/** Runs the declared checks against a service as against a candidate. Returns the checks that failed. */
export async function failedChecks(checkout: string): Promise<string[]> {
  const service = await Service.start(checkout);
  const target = { probe: (_version, request) => service.ask(probeEvent(request)) } satisfies Pick<Target, 'probe'>;
  const results = await runChecks(target as Target, { version: '7', checks: checksSchema.parse(configuration.checks), names: checkNames });
  await service.stop();
  if (verdictOfChecks(results) === 'Inconclusive') throw new Error('a check was Inconclusive');
  return results.filter(({ verdict }) => verdict !== 'Successful').map(({ check }) => check);
}
