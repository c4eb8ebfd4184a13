import type { Clock } from '../../../clock/clock.ts';
import type { HostContext } from '../../../hosts/host.ts';

export const contextOf = (clock: Clock, dataDir: string): HostContext => ({
  clock,
  dataDir,
  region: 'us-east-1',
  account: '000000000000',
  endpoint: 'http://127.0.0.1:0',
  credentialsFor: () => ({ accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' }),
  assetPath: (key) => key,
  call: () => Promise.reject(new Error('this host calls nobody')),
  log: () => undefined,
});

/** The properties that CDK's TableV2 writes for a table with a stream, an expiry and an index. */
export const storyTable = {
  TableName: 'story',
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'N' },
    { AttributeName: 'status', AttributeType: 'S' },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  BillingMode: 'PAY_PER_REQUEST',
  GlobalSecondaryIndexes: [
    { IndexName: 'byStatus', KeySchema: [{ AttributeName: 'status', KeyType: 'HASH' }], Projection: { ProjectionType: 'ALL' } },
  ],
  StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
  TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
  Replicas: [{ Region: 'us-east-1' }],
};
