import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, ProjectionType, StreamViewType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { AnyPrincipal, Effect, type Grant, type IGrantable, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

const retainedTable = {
  billing: Billing.onDemand(),
  deletionProtection: true,
  removalPolicy: RemovalPolicy.RETAIN,
  pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
};

/** The append-only audit trail. No role may update or delete a row, and the table's own policy denies both. */
export class AuditTable extends Construct {
  readonly table: TableV2;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.table = new TableV2(this, 'Table', {
      partitionKey: { name: 'deploymentId', type: AttributeType.STRING },
      sortKey: { name: 'sequence', type: AttributeType.NUMBER },
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
      resourcePolicy: new PolicyDocument({ statements: [appendOnly()] }),
      ...retainedTable,
    });
  }

  /** Appends only inside a transaction with the projection (R-LOG-4). No IAM key expresses `attribute_not_exists`. */
  grantAppend(grantee: IGrantable): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['dynamodb:PutItem'],
        resources: [this.table.tableArn],
        conditions: { StringEquals: { 'dynamodb:EnclosingOperation': ['TransactWriteItems'] } },
      }),
    );
  }

  grantRead(grantee: IGrantable): Grant {
    return this.table.grant(grantee, 'dynamodb:Query');
  }
}

const appendOnly = () =>
  new PolicyStatement({
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: [
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
      'dynamodb:BatchWriteItem',
      'dynamodb:PartiQLInsert',
      'dynamodb:PartiQLUpdate',
      'dynamodb:PartiQLDelete',
    ],
    resources: ['*'],
  });

const indexes = {
  byStatus: ['status', 'updatedAt'],
  byApplication: ['application', 'createdAt'],
  byDay: ['day', 'createdAt'],
  byFingerprint: ['fingerprint', 'createdAt'],
} as const;

/** The projections of deployments; also locks, approval tokens, applications, history, lessons and the quarantine. */
export class DeploymentsTable extends Construct {
  readonly table: TableV2;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.table = new TableV2(this, 'Table', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      timeToLiveAttribute: 'expiresAt',
      globalSecondaryIndexes: Object.entries(indexes).map(([indexName, [partition, sort]]) => ({
        indexName,
        partitionKey: { name: partition, type: AttributeType.STRING },
        sortKey: { name: sort, type: AttributeType.STRING },
        projectionType: ProjectionType.ALL,
      })),
      ...retainedTable,
    });
  }

  grantRead(grantee: IGrantable): void {
    this.#grant(grantee, ['dynamodb:GetItem'], [this.table.tableArn]);
  }

  grantWrite(grantee: IGrantable): void {
    this.#grant(grantee, ['dynamodb:PutItem'], [this.table.tableArn]);
  }

  /** Reads whole partitions: applications, history, quarantine. */
  grantQuery(grantee: IGrantable): void {
    this.#grant(grantee, ['dynamodb:Query'], [this.table.tableArn]);
  }

  grantQueryIndex(grantee: IGrantable, index: keyof typeof indexes): void {
    this.#grant(grantee, ['dynamodb:Query'], [`${this.table.tableArn}/index/${index}`]);
  }

  #grant(grantee: IGrantable, actions: string[], resources: string[]): void {
    grantee.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources }));
  }
}
