// The state machines catch these errors by their names, so each writes its name down: a minifier may rename a class.

/** Other writers kept winning the race for the head of a chain; ASL retries it. */
export class AuditContention extends Error {
  override readonly name = 'AuditContention';

  constructor(deploymentId: string) {
    super(`deployment ${deploymentId}: its audit head kept moving; the task is tried again`);
  }
}

/** An AWS service was throttling, failing or out of reach for longer than the SDK tries by itself; ASL retries it. */
export class ServiceBusy extends Error {
  override readonly name = 'ServiceBusy';

  constructor(cause: Error) {
    super(`${cause.name}: ${cause.message}`, { cause });
  }
}

/** The target is busy with an earlier change; ASL retries it. */
export class TargetBusy extends Error {
  override readonly name = 'TargetBusy';
}

/** Somebody else changed the routing since we did. */
export class AliasMoved extends Error {
  override readonly name = 'AliasMoved';

  constructor(found: string) {
    super(`the alias was changed by someone else (${found}); decide which version should serve, then submit the issue again`);
  }
}

/** The target has turned the release back itself: circuit breaker, alarm, a pause that timed out. */
export class RolledBackByTarget extends Error {
  override readonly name = 'RolledBackByTarget';

  constructor(reason: string) {
    super(`the target has rolled back by itself: ${reason}`);
  }
}

/** The target cannot stop at the steps of this plan. */
export class PlanNotSupported extends Error {
  override readonly name = 'PlanNotSupported';
}

/** An action under a fence that was raised since. */
export class FenceRaised extends Error {
  override readonly name = 'FenceRaised';
}

export class DeploymentNotFound extends Error {
  override readonly name = 'DeploymentNotFound';

  constructor(deploymentId: string) {
    super(`no deployment ${deploymentId}; \`sluice list\` shows those there are`);
  }
}

/** A stored audit row lacks what every reader relies on: it was changed, or one of our writers has a defect. */
export class AuditRowMalformed extends Error {
  override readonly name = 'AuditRowMalformed';

  constructor(deploymentId: string, sequence: unknown, defect: string) {
    super(`deployment ${deploymentId}, audit row ${sequence}: ${defect}; \`sluice audit verify ${deploymentId}\` checks the whole trail`);
  }
}

export class ApplicationNotFound extends Error {
  override readonly name = 'ApplicationNotFound';

  constructor(name: string) {
    super(`no application ${name}; register its configuration first`);
  }
}

/** A state was entered before the facts it needs exist: a defect of ours, never a business outcome. */
export class MissingFact extends Error {
  override readonly name = 'MissingFact';
}

/** A secret that a configuration names cannot be read. */
export class SecretUnreadable extends Error {
  override readonly name = 'SecretUnreadable';

  constructor(name: string, cause: Error) {
    super(`the secret ${name} cannot be read (${cause.name}); create it in Secrets Manager under exactly this name`);
  }
}

/** The keys of an issuer cannot be had now, so nobody can be told from anybody. */
export class IssuerUnreachable extends Error {
  override readonly name = 'IssuerUnreachable';

  constructor(jwksUri: string, cause: Error) {
    super(`the keys at ${jwksUri} cannot be read (${cause.message})`, { cause });
  }
}

/** A channel did not take a message; `retryAfterSeconds` is its own wish. The message names the reply and never the webhook. */
export class ChannelRefused extends Error {
  override readonly name = 'ChannelRefused';

  readonly retryAfterSeconds: number | undefined;

  constructor(reply: string, retryAfterSeconds?: number) {
    super(reply);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The target was told to move and did not arrive in time; ASL rolls it back. */
export class StepNotSettled extends Error {
  override readonly name = 'StepNotSettled';

  constructor(weightPercent: number, seconds: number) {
    super(`the target did not bring the candidate to ${weightPercent} % within ${seconds} s`);
  }
}

/** The target did not take the artefact in time; nothing has been moved. */
export class CandidateNotStaged extends Error {
  override readonly name = 'CandidateNotStaged';

  constructor(seconds: number) {
    super(`the target did not take the candidate within ${seconds} s; is an earlier deployment still under way?`);
  }
}

/** A server that a target delegates to gave no answer in time; ASL tries again. */
export class TargetUnreachable extends Error {
  override readonly name = 'TargetUnreachable';
}

/** A server that a target delegates to said no, which asking again does not change. */
export class TargetRefused extends Error {
  override readonly name = 'TargetRefused';
}

/** A server that a target delegates to answered what nobody can read. */
export class TargetReplyMalformed extends Error {
  override readonly name = 'TargetReplyMalformed';
}

/** The application's policy asks for a strategy that its target cannot carry out. */
export class StrategyUnsupported extends Error {
  override readonly name = 'StrategyUnsupported';

  constructor(strategy: string, supported: readonly string[]) {
    super(`the target cannot do ${strategy}, only ${supported.join(', ')}; change the application's policy`);
  }
}

/** A source of metrics gave no answer that can be read, which says nothing about the release. */
export class MetricSourceFailed extends Error {
  override readonly name = 'MetricSourceFailed';
}

/** Turns the named errors into undefined, for `catch`; throws every other one on. */
export const undefinedIf =
  (...classes: readonly (abstract new (...args: never[]) => Error)[]) =>
  (error: unknown): undefined => {
    if (!classes.some((each) => error instanceof each)) throw error;
  };
