import { randomUUID } from 'node:crypto';
import { ApiError, type HostContext } from '../host.ts';
import type { Code } from './code.ts';
import { functionArn, notFound, parseName } from './names.ts';
import type { FunctionStore } from './store.ts';
import type { Alias, FunctionConfiguration, FunctionVersion } from './types.ts';

export const LATEST = '$LATEST';
const UPDATE_MS = 1000;

/** Changes to functions, with the preconditions and the pace that AWS has. */
export class Versions {
  readonly #store: FunctionStore;
  readonly #context: HostContext;

  constructor(store: FunctionStore, context: HostContext) {
    this.#store = store;
    this.#context = context;
  }

  /** Finds a version by number or `$LATEST`; an alias answers its first version. */
  find(name: string, qualifier: string = LATEST): FunctionVersion {
    const alias = this.#store.alias(name, qualifier);
    const found = this.#store.version(name, alias?.version ?? qualifier);
    if (!found) throw notFound(functionArn(this.#context, name, qualifier === LATEST ? undefined : qualifier));
    return found;
  }

  /** Names the role of a function, as which its event sources are read too. */
  roleOf(functionName: string): string {
    const { name, qualifier } = parseName(functionName);
    return this.find(name, qualifier).configuration.Role;
  }

  create(name: string, code: Code, configuration: FunctionConfiguration, description: string, busyMs: number): FunctionVersion {
    if (this.#store.version(name, LATEST)) throw new ApiError('ResourceConflictException', `Function already exist: ${name}`, 409);
    const version = { name, version: LATEST, description, configuration, ...code, ...revisions(), created: true };
    return this.#put({ ...version, ...this.#times(busyMs) });
  }

  /** Replaces code or configuration of `$LATEST`; the update is in progress for a second. */
  update(
    name: string,
    change: Partial<Pick<FunctionVersion, 'configuration' | 'description' | keyof Code>>,
    revisionId?: string,
  ): FunctionVersion {
    const latest = this.settled(name);
    this.checkRevision(this.revisionOf(latest), revisionId);
    return this.#put({ ...latest, ...change, ...revisions(), created: false, ...this.#times(UPDATE_MS) });
  }

  /** Applies a changed template at once. */
  replace(name: string, change: Pick<FunctionVersion, 'configuration' | 'description' | keyof Code>): FunctionVersion {
    return this.#put({ ...this.find(name), ...change, ...revisions(), ...this.#times(0) });
  }

  /** Publishes `$LATEST`; answers the last version when nothing has changed since. */
  publish(name: string, wanted: { codeSha256?: string; description?: string; revisionId?: string } = {}): FunctionVersion {
    const latest = this.settled(name);
    this.checkRevision(this.revisionOf(latest), wanted.revisionId);
    return this.#publish(latest, wanted);
  }

  /** Publishes the result of an update under way, if the update has the Publish flag. */
  publishUnsettled(name: string): FunctionVersion {
    return this.#publish(this.find(name), {});
  }

  #publish(latest: FunctionVersion, wanted: { codeSha256?: string; description?: string }): FunctionVersion {
    const { name } = latest;
    if (wanted.codeSha256 && wanted.codeSha256 !== latest.codeSha256) throw otherCode(wanted.codeSha256, latest.codeSha256);
    const last = this.#store.versions(name).findLast(({ version }) => version !== LATEST);
    if (last && sameContent(last, latest)) return last;
    return this.#store.file.transaction(() =>
      this.#store.putVersion({
        ...latest,
        version: this.#store.nextNumber(name),
        description: wanted.description ?? latest.description,
        ...revisions(),
        created: true,
        modifiedMs: this.#context.clock.nowMs(),
        busyUntilMs: 0,
      }),
    );
  }

  isBusy({ busyUntilMs }: FunctionVersion): boolean {
    return this.#context.clock.nowMs() < busyUntilMs;
  }

  revisionOf(version: FunctionVersion): string {
    return this.isBusy(version) ? version.revisionId : version.settledRevisionId;
  }

  checkRevision(current: string, wanted: string | undefined): void {
    if (!wanted || wanted === current) return;
    const message =
      'The RevisionId provided does not match the latest RevisionId. Call the GetFunction or the GetAlias API to retrieve the latest RevisionId';
    throw new ApiError('PreconditionFailedException', message, 412);
  }

  /** Finds `$LATEST`. It is an error while an update changes it. */
  settled(name: string): FunctionVersion {
    const latest = this.find(name);
    if (!this.isBusy(latest)) return latest;
    const message = `The operation cannot be performed at this time. An update is in progress for resource: ${functionArn(this.#context, name)}`;
    throw new ApiError('ResourceConflictException', message, 409);
  }

  putAlias(alias: Omit<Alias, 'revisionId'>): Alias {
    for (const version of [alias.version, ...Object.keys(alias.weights)]) this.find(alias.name, version);
    checkWeights(alias);
    return this.#store.putAlias({ ...alias, revisionId: randomUUID() });
  }

  findAlias(name: string, alias: string): Alias {
    const found = this.#store.alias(name, alias);
    if (found) return found;
    const message = `Cannot find alias arn: ${functionArn(this.#context, name, alias)}`;
    throw new ApiError('ResourceNotFoundException', message, 404);
  }

  // The timer only lets virtual time reach the moment when the update is done.
  #times(busyMs: number): { modifiedMs: number; busyUntilMs: number } {
    const now = this.#context.clock.nowMs();
    if (busyMs > 0) this.#context.clock.at(now + busyMs, () => undefined);
    return { modifiedMs: now, busyUntilMs: busyMs > 0 ? now + busyMs : 0 };
  }

  #put(version: FunctionVersion): FunctionVersion {
    return this.#store.putVersion(version);
  }
}

const revisions = () => ({ revisionId: randomUUID(), settledRevisionId: randomUUID() });

function checkWeights({ version, weights }: Omit<Alias, 'revisionId'>): void {
  const entries = Object.entries(weights);
  const refuse = (message: string) => {
    throw new ApiError('InvalidParameterValueException', message);
  };
  if (entries.length > 1) refuse('Number of items in AdditionalVersionWeights cannot be greater than 1.');
  if (entries.length > 0 && version === LATEST) refuse('$LATEST is not supported for an alias pointing to more than 1 version.');
  for (const [other, weight] of entries) {
    if (other === LATEST) refuse('$LATEST is not supported for an alias pointing to more than 1 version.');
    if (other === version) refuse(`Function version ${version} cannot be in both FunctionVersion and AdditionalVersionWeights.`);
    if (!(weight >= 0 && weight <= 1)) refuse('The weight of a function version must be between 0.0 and 1.0.');
  }
}

const sameContent = (a: FunctionVersion, b: FunctionVersion) =>
  a.codeSha256 === b.codeSha256 && JSON.stringify(a.configuration) === JSON.stringify(b.configuration);

const otherCode = (wanted: string, current: string) =>
  new ApiError(
    'InvalidParameterValueException',
    `CodeSHA256 (${wanted}) is different from current CodeSHA256 in $LATEST (${current}). Please try again with the CodeSHA256 in $LATEST.`,
  );
