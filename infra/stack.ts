import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { EmailIdentity, Identity } from 'aws-cdk-lib/aws-ses';
import type { Construct } from 'constructs';
import type { Variable } from '#platform/env';
import type { Acknowledged } from './acknowledgements.ts';
import { Alarms } from './alarms.ts';
import { Buckets } from './buckets.ts';
import { capabilities, type Resources } from './capabilities.ts';
import type { EcsService } from './ecs-services.ts';
import { FixProjects } from './fix-projects.ts';
import { LinkKeys } from './link-keys.ts';
import { Machines } from './machines.ts';
import { type FunctionName, functionNames, makeFunction, rows } from './permissions.ts';
import { BufferedQueue, deadLetterQueue } from './queues.ts';
import { archiveRows, consume, IssueBus, type Producers, reportWeekly, watchExecutions } from './sources.ts';
import { AuditTable, DeploymentsTable } from './tables.ts';
import { WebApi } from './web-api.ts';

export interface SluiceProps extends StackProps {
  readonly bundleOf: (name: string) => string;
  /** Names of the functions that Sluice may release to. */
  readonly targets: readonly string[];
  /** ECS services that Sluice may release to. */
  readonly services: readonly EcsService[];
  /** Ids of workspaces of Amazon Managed Prometheus with named metrics. */
  readonly workspaces: readonly string[];
  readonly mailFrom: string;
  /** The one role or user that may put a source's events on the bus. */
  readonly producers: Producers;
  /** Names of the link keys. The first signs new links; the others verify older links. */
  readonly linkKeys: readonly string[];
}

/** All resources of Sluice, the consumers of its queues, and each function's variables and rights from its row. */
export class SluiceStack extends Stack {
  /** The resources with acknowledged findings of cdk-nag. */
  readonly acknowledged: Acknowledged;

  constructor(
    scope: Construct,
    id: string,
    { bundleOf, targets, services, workspaces, mailFrom, linkKeys, producers, ...props }: SluiceProps,
  ) {
    super(scope, id, props);
    const audit = new AuditTable(this, 'Audit');
    const deployments = new DeploymentsTable(this, 'Deployments');
    const buckets = new Buckets(this, 'Buckets');
    const queues = {
      Issues: this.#queue('Issues', 'Intake'),
      BusIssues: this.#queue('BusIssues', 'Intake'),
      // The pauses double up to 15 minutes, so 14 attempts outlast an outage of two hours.
      Messages: this.#queue('Messages', 'Notify', 14),
    };
    const lost = deadLetterQueue(this, 'LostEvents');
    const links = new LinkKeys(this, 'LinkKeys', linkKeys);
    const mailIdentity = new EmailIdentity(this, 'MailIdentity', { identity: Identity.email(mailFrom) });
    const projects = new FixProjects(this, 'FixProjects', buckets.artifacts, bundleOf);
    const functions = Object.fromEntries(functionNames.map((name) => [name, makeFunction(this, name, bundleOf(name), lost)])) as Record<
      FunctionName,
      LambdaFunction
    >;
    const machines = new Machines(this, 'Machines', functions, projects).byId;
    const web = new WebApi(this, 'WebApi', functions.Web);
    const bus = new IssueBus(this, 'IssueBus', queues.BusIssues, producers);

    consume(queues.Issues, functions.Intake);
    consume(queues.BusIssues, functions.Intake);
    consume(queues.Messages, functions.Notify);
    archiveRows(audit, functions.Archive, lost);
    watchExecutions(this, functions.Recover, machines, lost);
    reportWeekly(this, functions.WeeklyReport, lost);
    const deadLetters = { ...Object.fromEntries(Object.entries(queues).map(([id, queue]) => [id, queue.deadLetters])), Lost: lost };
    new Alarms(this, 'Alarms', { deadLetters, machines, recover: functions.Recover });

    const values: Record<Variable, string> = {
      DEPLOYMENTS_TABLE: deployments.table.tableName,
      AUDIT_TABLE: audit.table.tableName,
      ARTIFACTS_BUCKET: buckets.artifacts.bucketName,
      ARCHIVE_BUCKET: buckets.archive.bucketName,
      BACKUP_BUCKET: buckets.backup.bucketName,
      DEPLOYMENT_MACHINE_ARN: machines.Deployment.stateMachineArn,
      RELEASE_MACHINE_ARN: machines.Release.stateMachineArn,
      ROLLBACK_MACHINE_ARN: machines.Rollback.stateMachineArn,
      APPROVAL_MACHINE_ARN: machines.Approval.stateMachineArn,
      MESSAGES_QUEUE_URL: queues.Messages.queue.queueUrl,
      LINK_KEY_IDS: links.ids,
      PUBLIC_URL: web.api.apiEndpoint,
      MAIL_FROM: mailFrom,
      BUS_QUEUE_ARN: queues.BusIssues.queue.queueArn,
      PRODUCER_SOURCES: Object.keys(producers).join(),
    };
    this.acknowledged = { buckets, targets, services };
    const resources: Resources = {
      audit,
      deployments,
      buckets,
      projects,
      messages: queues.Messages.queue,
      linkKeys: links,
      mailIdentity,
      machines,
      targets,
      services,
      workspaces,
    };
    for (const name of functionNames) this.#equip(functions[name], name, values, resources);
    this.#printOutputs({
      ...values,
      ISSUE_QUEUE_URL: queues.Issues.queue.queueUrl,
      BUS_NAME: bus.bus.eventBusName,
      API_URL: web.api.apiEndpoint,
    });
  }

  #queue(id: string, consumer: FunctionName, receivesBeforeDlq?: number): BufferedQueue {
    return new BufferedQueue(this, id, Duration.seconds(rows[consumer].timeoutSeconds), receivesBeforeDlq);
  }

  #equip(made: LambdaFunction, name: FunctionName, values: Record<Variable, string>, resources: Resources): void {
    for (const variable of rows[name].variables) made.addEnvironment(variable, values[variable]);
    for (const capability of rows[name].may) capabilities[capability](made, resources);
  }

  /** Writes the outputs that the CLI and the local run read: `ISSUE_QUEUE_URL` becomes `IssueQueueUrl`. */
  #printOutputs(values: Readonly<Record<string, string>>): void {
    for (const [variable, value] of Object.entries(values)) {
      const id = variable.toLowerCase().replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
      new CfnOutput(this, id, { value });
    }
  }
}
