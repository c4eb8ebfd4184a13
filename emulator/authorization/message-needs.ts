import { jsonBody } from '../endpoint/json-protocol.ts';
import { type Needs, need, type Surroundings, type Where } from './need.ts';

const arn = (service: string, { region, account }: Where, resource: string) =>
  resource.startsWith('arn:') ? resource : `arn:aws:${service}:${region}:${account}:${resource}`;

const onQueue =
  (action: string): Needs =>
  (call, where) => {
    const { QueueUrl, QueueName } = jsonBody(call);
    return [need(`sqs:${action}`, arn('sqs', where, QueueName ?? String(QueueUrl).split('/').at(-1)))];
  };

/** The batch APIs have no actions of their own. */
const QUEUE_ACTIONS: Readonly<Record<string, string>> = {
  SendMessage: 'SendMessage',
  SendMessageBatch: 'SendMessage',
  DeleteMessage: 'DeleteMessage',
  DeleteMessageBatch: 'DeleteMessage',
  ChangeMessageVisibility: 'ChangeMessageVisibility',
  ChangeMessageVisibilityBatch: 'ChangeMessageVisibility',
  ReceiveMessage: 'ReceiveMessage',
  GetQueueAttributes: 'GetQueueAttributes',
  GetQueueUrl: 'GetQueueUrl',
  PurgeQueue: 'PurgeQueue',
};

const onKey =
  (action: string): Needs =>
  (call, where) => {
    const KeyId = String(jsonBody(call).KeyId);
    if (KeyId.includes('alias/')) throw new Error(`the key behind ${KeyId} is not known here; name the key itself`);
    return [need(`kms:${action}`, arn('kms', where, KeyId.startsWith('arn:') ? KeyId : `key/${KeyId}`))];
  };

const onProjectOf =
  (action: string, namesOf: (body: { projectName?: string; id?: string; ids?: string[] }) => string[]): Needs =>
  (call, where) => {
    const names = new Set(namesOf(jsonBody(call)).map((text) => text.split('/').at(-1)?.split(':')[0]));
    return [...names].map((name) => need(`codebuild:${action}`, arn('codebuild', where, `project/${name}`)));
  };

interface Entry {
  readonly EventBusName?: string;
  readonly Source?: string;
}

/** Each event is judged by its bus and its source, and one that is refused refuses the request. */
const putEvents: Needs = (call, where) =>
  ((jsonBody(call).Entries ?? []) as Entry[]).map(({ EventBusName: bus = 'default', Source }) =>
    need(
      'events:PutEvents',
      arn('events', where, bus.startsWith('arn:') ? bus : `event-bus/${bus}`),
      Source ? { 'events:source': Source } : {},
    ),
  );

/** Mail is judged by the identity that is verified: the address itself, or its domain. */
const sendEmail: Needs = (call, where) => {
  const sender = String(jsonBody(call).FromEmailAddress ?? '');
  const address = /<([^>]+)>/.exec(sender)?.[1] ?? sender;
  return [need('ses:SendEmail', arn('ses', where, `identity/${identityOf(address, where)}`))];
};

function identityOf(address: string, { mailIdentities }: Surroundings): string {
  const domain = address.split('@')[1] ?? '';
  return !mailIdentities.has(address) && mailIdentities.has(domain) ? domain : address;
}

/** A secret's ARN ends in six characters of AWS's own, which no policy names but by a wildcard. */
const onSecret =
  (action: string): Needs =>
  (call, where) => {
    const { SecretId, Name } = jsonBody(call);
    return [
      need(
        `secretsmanager:${action}`,
        arn('secretsmanager', where, SecretId?.startsWith('arn:') ? SecretId : `secret:${SecretId ?? Name}-local0`),
      ),
    ];
  };

/** The rights that each API of the smaller services needs, by signing name. */
export const messageNeeds: Readonly<Record<string, { readonly operations: Readonly<Record<string, Needs>> }>> = {
  sqs: { operations: Object.fromEntries(Object.entries(QUEUE_ACTIONS).map(([operation, action]) => [operation, onQueue(action)])) },
  kms: { operations: { GenerateMac: onKey('GenerateMac'), VerifyMac: onKey('VerifyMac'), DescribeKey: onKey('DescribeKey') } },
  codebuild: {
    operations: {
      StartBuild: onProjectOf('StartBuild', ({ projectName = '' }) => [projectName]),
      StopBuild: onProjectOf('StopBuild', ({ id = '' }) => [id]),
      BatchGetBuilds: onProjectOf('BatchGetBuilds', ({ ids = [] }) => ids),
    },
  },
  events: { operations: { PutEvents: putEvents } },
  monitoring: { operations: { GetMetricData: () => [need('cloudwatch:GetMetricData', '*')] } },
  secretsmanager: { operations: { GetSecretValue: onSecret('GetSecretValue') } },
  ses: { operations: { 'POST /v2/email/outbound-emails': sendEmail } },
};
