class NamedError extends Error {
  constructor(name: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = name;
  }
}

/** Other writers kept winning the race for the head of a chain; ASL retries it. */
export class AuditContention extends NamedError {
  constructor(deploymentId: string) {
    super('AuditContention', `deployment ${deploymentId}: its audit head kept moving; the task is tried again`);
  }
}

/** An AWS service was throttling, failing or out of reach for longer than the SDK tries by itself; ASL retries it. */
export class ServiceBusy extends NamedError {
  constructor(cause: Error) {
    super('ServiceBusy', `${cause.name}: ${cause.message}`, { cause });
  }
}

/** The target is busy with an earlier change; ASL retries it. */
export class TargetBusy extends NamedError {
  constructor(what: string) {
    super('TargetBusy', what);
  }
}

/** Somebody else changed the routing since we did. */
export class AliasMoved extends NamedError {
  constructor(found: string) {
    super('AliasMoved', `the alias was changed by someone else (${found}); decide which version should serve, then submit the issue again`);
  }
}

/** The target has turned the release back itself: circuit breaker, alarm, a pause that timed out. */
export class RolledBackByTarget extends NamedError {
  constructor(reason: string) {
    super('RolledBackByTarget', `the target has rolled back by itself: ${reason}`);
  }
}

/** The target cannot stop at the steps of this plan. */
export class PlanNotSupported extends NamedError {
  constructor(why: string) {
    super('PlanNotSupported', why);
  }
}

/** An action under a fence that was raised since. */
export class FenceRaised extends NamedError {
  constructor(what: string) {
    super('FenceRaised', what);
  }
}

export class DeploymentNotFound extends NamedError {
  constructor(deploymentId: string) {
    super('DeploymentNotFound', `no deployment ${deploymentId}; \`sluice list\` shows those there are`);
  }
}

/** A stored audit row lacks what every reader relies on: it was changed, or one of our writers has a defect. */
export class AuditRowMalformed extends NamedError {
  constructor(deploymentId: string, sequence: unknown, defect: string) {
    super(
      'AuditRowMalformed',
      `deployment ${deploymentId}, audit row ${sequence}: ${defect}; \`sluice audit verify ${deploymentId}\` checks the whole trail`,
    );
  }
}

export class ApplicationNotFound extends NamedError {
  constructor(name: string) {
    super('ApplicationNotFound', `no application ${name}; register its configuration first`);
  }
}

/** A state was entered before the facts it needs exist: a defect of ours, never a business outcome. */
export class MissingFact extends NamedError {
  constructor(what: string) {
    super('MissingFact', what);
  }
}

/** A secret that a configuration names cannot be read. */
export class SecretUnreadable extends NamedError {
  constructor(name: string, cause: Error) {
    super('SecretUnreadable', `the secret ${name} cannot be read (${cause.name}); create it in Secrets Manager under exactly this name`);
  }
}

/** The keys of an issuer cannot be had now, so nobody can be told from anybody. */
export class IssuerUnreachable extends NamedError {
  constructor(jwksUri: string, cause: Error) {
    super('IssuerUnreachable', `the keys at ${jwksUri} cannot be read (${cause.message})`, { cause });
  }
}

/** A channel did not take a message; `retryAfterSeconds` is its own wish. The message names the answer and never the webhook. */
export class ChannelRefused extends NamedError {
  readonly retryAfterSeconds: number | undefined;

  constructor(answer: string, retryAfterSeconds?: number) {
    super('ChannelRefused', answer);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The target was told to move and did not arrive in time; ASL rolls it back. */
export class StepNotSettled extends NamedError {
  constructor(weightPercent: number, seconds: number) {
    super('StepNotSettled', `the target did not bring the candidate to ${weightPercent} % within ${seconds} s`);
  }
}

/** The target did not take the artefact in time; nothing has been moved. */
export class CandidateNotStaged extends NamedError {
  constructor(seconds: number) {
    super('CandidateNotStaged', `the target did not take the candidate within ${seconds} s; is an earlier deployment still under way?`);
  }
}

/** A server that a target delegates to gave no answer in time; ASL tries again. */
export class TargetUnreachable extends NamedError {
  constructor(what: string) {
    super('TargetUnreachable', what);
  }
}

/** A server that a target delegates to said no, which asking again does not change. */
export class TargetRefused extends NamedError {
  constructor(what: string) {
    super('TargetRefused', what);
  }
}

/** A server that a target delegates to answered what nobody can read. */
export class TargetAnswerMalformed extends NamedError {
  constructor(what: string) {
    super('TargetAnswerMalformed', what);
  }
}

/** The application's policy asks for a strategy that its target cannot carry out. */
export class StrategyUnsupported extends NamedError {
  constructor(strategy: string, supported: readonly string[]) {
    super('StrategyUnsupported', `the target cannot do ${strategy}, only ${supported.join(', ')}; change the application's policy`);
  }
}

/** A source of metrics gave no answer that can be read, which says nothing about the release. */
export class MetricSourceFailed extends NamedError {
  constructor(what: string) {
    super('MetricSourceFailed', what);
  }
}
