import { createHash } from 'node:crypto';
import { Duration } from 'aws-cdk-lib';
import { EventBus, EventField, Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type DlqDestinationConfig, type Function as LambdaFunction, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { MachineId } from './machine-names.ts';
import type { BufferedQueue } from './queues.ts';
import type { AuditTable } from './tables.ts';

/**
 * Lets a function consume a queue and return the failed messages, so that SQS repeats only those.
 * CDK's own event source would grant more than Lambda's poller uses.
 */
export function consume(queue: BufferedQueue, by: LambdaFunction): void {
  queue.queue.grant(by, 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes');
  by.addEventSourceMapping(`${queue.node.id}Source`, {
    eventSourceArn: queue.queue.queueArn,
    batchSize: 10,
    reportBatchItemFailures: true,
  });
}

/** For each event source, the ARN of the one role or user that may send its events. */
export type Producers = Readonly<Record<string, string>>;

/**
 * The bus for issues: if a source has a producer, only that principal may send its events.
 * A rule passes each issue to a queue, and only this rule may send to that queue.
 */
export class IssueBus extends Construct {
  readonly bus: EventBus;

  constructor(scope: Construct, id: string, into: BufferedQueue, producers: Producers) {
    super(scope, id);
    this.bus = new EventBus(this, 'Bus');
    for (const [source, producer] of Object.entries(producers)) {
      // One request can contain several events, so the condition key can have several values (docs/decisions/0010).
      const posing = { 'ForAnyValue:StringEquals': { 'events:source': source }, ArnNotEquals: { 'aws:PrincipalArn': producer } };
      const sid = `Source${createHash('sha256').update(source).digest('hex').slice(0, 16)}`;
      this.bus.addToResourcePolicy(denied('events:PutEvents', this.bus.eventBusArn, posing, sid));
    }
    const rule = new Rule(this, 'Issues', {
      eventBus: this.bus,
      eventPattern: { detailType: ['Issue Detected'] },
      targets: [new SqsQueue(into.queue, { deadLetterQueue: into.deadLetters })],
    });
    into.queue.addToResourcePolicy(denied('sqs:SendMessage', into.queue.queueArn, { ArnNotEquals: { 'aws:SourceArn': rule.ruleArn } }));
  }
}

const denied = (action: string, resource: string, conditions: Record<string, Record<string, string>>, sid?: string) =>
  new PolicyStatement({ sid, effect: Effect.DENY, principals: [new AnyPrincipal()], actions: [action], resources: [resource], conditions });

/**
 * Invokes Recover when an execution ends as FAILED, TIMED_OUT or ABORTED.
 * EventBridge delivers these events with best effort only, so Recover also looks every five minutes.
 */
export function watchExecutions(
  scope: Construct,
  recover: LambdaFunction,
  machines: Readonly<Record<MachineId, StateMachine>>,
  deadLetters: Queue,
): void {
  new Rule(scope, 'LostExecutions', {
    eventPattern: {
      source: ['aws.states'],
      detailType: ['Step Functions Execution Status Change'],
      detail: {
        status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
        stateMachineArn: [machines.Deployment.stateMachineArn, machines.Rollback.stateMachineArn],
      },
    },
    targets: [new LambdaTarget(recover, { deadLetterQueue: deadLetters })],
  });
  new Rule(scope, 'Sweep', {
    schedule: Schedule.rate(Duration.minutes(5)),
    targets: [new LambdaTarget(recover, { event: RuleTargetInput.fromObject({ sweep: true }), deadLetterQueue: deadLetters })],
  });
}

/** Archives each row of the audit table's stream. */
export function archiveRows(audit: AuditTable, by: LambdaFunction, deadLetters: Queue): void {
  by.addEventSource(
    new DynamoEventSource(audit.table, {
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      bisectBatchOnError: true,
      retryAttempts: 10,
      reportBatchItemFailures: true,
      onFailure: { bind: () => buryIn(deadLetters, by) },
    }),
  );
}

function buryIn(deadLetters: Queue, by: LambdaFunction): DlqDestinationConfig {
  deadLetters.grant(by, 'sqs:SendMessage');
  return { destination: deadLetters.queueArn };
}

/** Writes the weekly report on Mondays at 06:00 UTC. */
export function reportWeekly(scope: Construct, by: LambdaFunction, deadLetters: Queue): void {
  new Rule(scope, 'Weekly', {
    schedule: Schedule.cron({ weekDay: 'MON', hour: '6', minute: '0' }),
    targets: [new LambdaTarget(by, { event: RuleTargetInput.fromObject({ at: EventField.time }), deadLetterQueue: deadLetters })],
  });
}
