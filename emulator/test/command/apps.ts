import { App, CfnOutput, CfnResource, Duration, Fn, Stack } from 'aws-cdk-lib';
import { CfnApi, CfnIntegration, CfnRoute, CfnStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { DefinitionBody, Pass, QueryLanguage, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';

const HANDLER = `exports.handler = async (event) => ({ statusCode: 200, body: 'hello ' + event.rawPath });`;

const newApp = (outdir: string) => new App({ outdir, analyticsReporting: false });

/** A small app as people write it: a function behind an HTTP API, a queue, a table, a state machine and an alarm. */
export function synthesiseShop(outdir: string): string {
  const app = newApp(outdir);
  const stack = new Stack(app, 'Shop');
  const queue = new Queue(stack, 'Orders', { visibilityTimeout: Duration.seconds(30) });
  new TableV2(stack, 'Items', { partitionKey: { name: 'id', type: AttributeType.STRING } });
  const hello = new LambdaFunction(stack, 'Hello', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline(HANDLER),
    timeout: Duration.seconds(10),
  });
  const api = new CfnApi(stack, 'Api', { name: 'shop', protocolType: 'HTTP' });
  const integration = new CfnIntegration(stack, 'Integration', {
    apiId: api.ref,
    integrationType: 'AWS_PROXY',
    integrationUri: hello.functionArn,
    payloadFormatVersion: '2.0',
  });
  new CfnRoute(stack, 'Route', { apiId: api.ref, routeKey: 'GET /{path+}', target: `integrations/${integration.ref}` });
  new CfnStage(stack, 'Stage', { apiId: api.ref, stageName: '$default', autoDeploy: true });
  const permission = {
    FunctionName: hello.functionArn,
    Action: 'lambda:InvokeFunction',
    Principal: 'apigateway.amazonaws.com',
    SourceArn: stack.formatArn({ service: 'execute-api', resource: api.ref, resourceName: '*' }),
  };
  new CfnResource(stack, 'MayInvoke', { type: 'AWS::Lambda::Permission', properties: permission });
  new StateMachine(stack, 'Checkout', {
    queryLanguage: QueryLanguage.JSONATA,
    definitionBody: DefinitionBody.fromChainable(Pass.jsonata(stack, 'Done', { outputs: { at: '{% $now() %}' } })),
  });
  new Alarm(stack, 'Late', { metric: queue.metricApproximateAgeOfOldestMessage(), threshold: 60, evaluationPeriods: 1 });
  new CfnOutput(stack, 'OrdersUrl', { value: queue.queueUrl });
  app.synth();
  return outdir;
}

/** An app with one of each kind that is not hosted, twice where a line names several resources. */
export function synthesiseUnhosted(outdir: string): string {
  const app = newApp(outdir);
  const stack = new Stack(app, 'Odd');
  new Queue(stack, 'Fine');
  const vpc = new CfnResource(stack, 'Vpc', { type: 'AWS::EC2::VPC', properties: { CidrBlock: '10.0.0.0/16' } });
  for (const id of ['SubnetA', 'SubnetB']) {
    new CfnResource(stack, id, { type: 'AWS::EC2::Subnet', properties: { VpcId: vpc.ref, CidrBlock: '10.0.0.0/24' } });
  }
  new CfnResource(stack, 'Shared', { type: 'AWS::SQS::Queue', properties: { QueueName: Fn.importValue('other-name') } });
  new CfnResource(stack, 'Ordered', { type: 'AWS::SQS::Queue', properties: { FifoQueue: true } });
  new CfnResource(stack, 'Needs', { type: 'AWS::SQS::Queue', properties: { QueueName: vpc.ref } });
  const publish = { Type: 'Task', Resource: 'arn:aws:states:::sns:publish', Arguments: {}, Next: 'Two' };
  const run = { Type: 'Task', Resource: 'arn:aws:states:::ecs:runTask.sync', Arguments: {}, End: true };
  const definition = { QueryLanguage: 'JSONata', StartAt: 'One', States: { One: publish, Two: run } };
  new CfnResource(stack, 'Machine', {
    type: 'AWS::StepFunctions::StateMachine',
    properties: { RoleArn: 'arn:aws:iam::000000000000:role/any', DefinitionString: JSON.stringify(definition) },
  });
  new CfnOutput(stack, 'Imported', { value: Fn.importValue('third-name') });
  app.synth();
  return outdir;
}

/** An app with two stacks, one queue each. */
export function synthesiseTwo(outdir: string): string {
  const app = newApp(outdir);
  for (const id of ['Front', 'Back']) new Queue(new Stack(app, id, { stackName: `shop-${id.toLowerCase()}` }), 'Queue');
  app.synth();
  return outdir;
}
