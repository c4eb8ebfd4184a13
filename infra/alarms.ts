import { ArnFormat, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { MachineId } from './machine-names.ts';

const period = Duration.minutes(1);

export interface Watched {
  readonly deadLetters: Readonly<Record<string, Queue>>;
  readonly machines: Readonly<Record<MachineId, StateMachine>>;
  readonly recover: LambdaFunction;
}

/**
 * The alarms that page an operator: lost messages, executions without a business outcome, errors of Recover,
 * and audit rows that were tampered with.
 */
export class Alarms extends Construct {
  /** The topic to which the operators on call subscribe. */
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { deadLetters, machines, recover }: Watched) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', { enforceSSL: true });
    this.#letAlarmsPublish();
    new CfnOutput(this, 'TopicArn', { value: this.topic.topicArn }).overrideLogicalId('AlarmTopicArn');
    for (const [name, queue] of Object.entries(deadLetters))
      this.#any(`${name}DeadLetters`, queue.metricApproximateNumberOfMessagesVisible({ period }));
    for (const name of ['Deployment', 'Rollback'] as const) this.#anyLost(name, machines[name]);
    this.#any('RecoverFailed', recover.metricErrors({ period }));
    this.#any('AuditRowsTampered', new Metric({ namespace: 'Sluice', metricName: 'AuditRowsTampered', statistic: 'Sum', period }));
  }

  /** `enforceSSL` gives the topic its own policy instead of the default one. So CloudWatch's right is added here. */
  #letAlarmsPublish(): void {
    const stack = Stack.of(this);
    const alarms = stack.formatArn({
      service: 'cloudwatch',
      resource: 'alarm',
      resourceName: '*',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsPublish',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { ArnLike: { 'aws:SourceArn': alarms }, StringEquals: { 'aws:SourceAccount': stack.account } },
      }),
    );
  }

  /** Business outcomes end in Succeed, so Failed, TimedOut and Aborted are defects. */
  #anyLost(name: string, machine: StateMachine): void {
    this.#any(`${name}Failed`, machine.metricFailed({ period }));
    this.#any(`${name}TimedOut`, machine.metricTimedOut({ period }));
    this.#any(`${name}Aborted`, machine.metricAborted({ period }));
  }

  #any(id: string, metric: IMetric): void {
    const alarm = new Alarm(this, id, {
      metric,
      threshold: 0,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
  }
}
