import { jsonReply } from '../../endpoint/json-protocol.ts';
import { ApiError, type Host, type HostContext } from '../host.ts';
import type { Metrics } from '../lambda/types.ts';
import { OPERATIONS } from './operations.ts';
import { MetricStore, seriesKey } from './store.ts';

/** The host of metrics, which other hosts on this machine count with. */
export interface CloudWatchHost extends Host {
  readonly metrics: Metrics;
}

/** Hosts CloudWatch metrics: every measured value, at any period. */
export function hostCloudWatch(context: HostContext): CloudWatchHost {
  const store = new MetricStore(context.dataDir);
  return {
    signingNames: ['monitoring'],
    resources: {},
    async handle(call) {
      const operation = OPERATIONS[call.operation];
      if (!operation) throw new ApiError('UnknownOperationException', `CloudWatch ${call.operation} is not supported locally`);
      return jsonReply(operation(store, call, context));
    },
    metrics: {
      put({ namespace, name, dimensions, values, atMs }) {
        const key = seriesKey(namespace, name, dimensions);
        for (const value of values) store.add(key, atMs, value);
      },
    },
    start: async () => undefined,
    stop: async () => store.close(),
  };
}
