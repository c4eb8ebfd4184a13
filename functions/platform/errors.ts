// The state machines catch these errors by name. Each class sets its name, since a minifier may rename the class.

/** Other writers won each race for the head of a chain. ASL retries it. */
export class AuditContention extends Error {
  override readonly name = 'AuditContention';

  constructor(deploymentId: string) {
    super(`deployment ${deploymentId}: other writers kept changing its audit chain; Step Functions retries the task`);
  }
}

/** An AWS service was throttling, failing or out of reach for longer than the SDK retries. ASL retries it. */
export class ServiceBusy extends Error {
  override readonly name = 'ServiceBusy';

  constructor(cause: Error) {
    super(`${cause.name}: ${cause.message}`, { cause });
  }
}

/** The target is busy with an earlier change. ASL retries it. */
export class TargetBusy extends Error {
  override readonly name = 'TargetBusy';
}

/** The routing was changed outside this release. */
export class AliasMoved extends Error {
  override readonly name = 'AliasMoved';

  constructor(found: string) {
    super(`the alias was changed outside this release (${found}); decide which version should serve, then submit the issue again`);
  }
}

/** The target rolled the release back: circuit breaker, alarm or a pause that timed out. */
export class RolledBackByTarget extends Error {
  override readonly name = 'RolledBackByTarget';

  constructor(reason: string) {
    super(`the target has rolled back automatically: ${reason}`);
  }
}

/** The target cannot stop at the steps of this plan. */
export class PlanNotSupported extends Error {
  override readonly name = 'PlanNotSupported';
}

/** An action came under an old fence. */
export class FenceRaised extends Error {
  override readonly name = 'FenceRaised';
}

export class DeploymentNotFound extends Error {
  override readonly name = 'DeploymentNotFound';

  constructor(deploymentId: string) {
    super(`no deployment ${deploymentId}; \`sluice list\` shows all deployments`);
  }
}

/** A stored audit row lacks a part that all readers need. It was changed, or a writer of ours has a defect. */
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

/** A state began before the facts that it needs exist. That is a defect of Sluice, never a business outcome. */
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

/** Sluice cannot read the issuer's keys now, so it cannot verify who signs in. */
export class IssuerUnreachable extends Error {
  override readonly name = 'IssuerUnreachable';

  constructor(jwksUri: string, cause: Error) {
    super(`the keys at ${jwksUri} cannot be read (${cause.message})`, { cause });
  }
}

/**
 * A channel refused a message and may ask for a wait, `retryAfterSeconds`.
 * The text names the reply, never the webhook.
 */
export class ChannelRefused extends Error {
  override readonly name = 'ChannelRefused';

  readonly retryAfterSeconds: number | undefined;

  constructor(reply: string, retryAfterSeconds?: number) {
    super(reply);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The target did not reach a step's share in time. ASL rolls the release back. */
export class StepNotSettled extends Error {
  override readonly name = 'StepNotSettled';

  constructor(weightPercent: number, seconds: number) {
    super(`the target did not bring the candidate to ${weightPercent} % within ${seconds} s`);
  }
}

/** The target did not take the artifact in time. No traffic has moved. */
export class CandidateNotStaged extends Error {
  override readonly name = 'CandidateNotStaged';

  constructor(seconds: number) {
    super(`the target did not take the candidate within ${seconds} s; is an earlier deployment still under way?`);
  }
}

/** A server that a target delegates to did not reply in time. ASL retries it. */
export class TargetUnreachable extends Error {
  override readonly name = 'TargetUnreachable';
}

/** A server that a target delegates to refused. A retry does not change that. */
export class TargetRefused extends Error {
  override readonly name = 'TargetRefused';
}

/** A server that a target delegates to sent a reply that Sluice cannot read. */
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

/** A source of metrics sent no readable reply. That says nothing about the release. */
export class MetricSourceFailed extends Error {
  override readonly name = 'MetricSourceFailed';
}

/** Turns the named errors into undefined, for `catch`, and rethrows all others. */
export const undefinedIf =
  (...classes: readonly (abstract new (...args: never[]) => Error)[]) =>
  (error: unknown): undefined => {
    if (!classes.some((each) => error instanceof each)) throw error;
  };
