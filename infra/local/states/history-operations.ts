import { executionOf, offsetIn, pageSize, type Service, tokenOf, type WireRequest } from './service.ts';

export const historyOperations = { GetExecutionHistory };

function GetExecutionHistory(service: Service, { executionArn, maxResults, nextToken, reverseOrder = false }: WireRequest) {
  const { arn, lastEvent } = executionOf(service, executionArn);
  const size = pageSize(maxResults);
  const offset = offsetIn(nextToken);
  const [from, to] = reverseOrder ? [lastEvent - offset - size + 1, lastEvent - offset] : [offset + 1, offset + size];
  const events = service.journal.events(arn, from, to, reverseOrder);
  return { events, nextToken: offset + size < lastEvent ? tokenOf(offset + size) : undefined };
}
