import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { MachineId } from './machine-names.ts';
import type { BufferedQueue } from './queues.ts';

/** What must page somebody: lost messages, executions that ended as none should, rows of the audit that were touched. */
export class Alarms extends Construct {
  constructor(
    scope: Construct,
    id: string,
    queues: Readonly<Record<string, BufferedQueue>>,
    machines: Readonly<Record<MachineId, StateMachine>>,
  ) {
    super(scope, id);
    for (const [name, { deadLetters }] of Object.entries(queues)) {
      this.#any(`${name}DeadLetters`, deadLetters.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1) }));
    }
    for (const name of ['Deployment', 'Rollback'] as const)
      this.#any(`${name}Failed`, machines[name].metricFailed({ period: Duration.minutes(1) }));
    this.#any(
      'AuditRowsTampered',
      new Metric({ namespace: 'Sluice', metricName: 'AuditRowsTampered', statistic: 'Sum', period: Duration.minutes(1) }),
    );
  }

  #any(id: string, metric: IMetric): void {
    new Alarm(this, id, {
      metric,
      threshold: 0,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}
