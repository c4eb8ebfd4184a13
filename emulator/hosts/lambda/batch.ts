import { ApiError } from '../host.ts';
import type { LambdaService } from './service.ts';

/** The result of a batch: everything was done, everything failed, or these items failed. */
export type BatchResult = { readonly failed: 'none' | 'all' } | { readonly failed: 'some'; readonly items: ReadonlySet<string> };

/** Runs the function with a batch and reads from its answer which items it could not do. */
export async function runBatch(
  { invoker, context }: LambdaService,
  functionName: string,
  records: readonly object[],
  ids: readonly string[],
  reportsItems: boolean,
): Promise<BatchResult> {
  try {
    const outcome = await invoker.run(functionName, JSON.stringify({ Records: records }));
    if (outcome.failed) return { failed: 'all' };
    return reportsItems ? reported(outcome.payload, ids) : { failed: 'none' };
  } catch (thrown) {
    if (!(thrown instanceof ApiError)) throw thrown;
    context.log(`${functionName}: a batch was refused: ${thrown.name}: ${thrown.message}`);
    return { failed: 'all' };
  }
}

/** An answer that names an unknown item, or none where there should be one, counts as a failure of the whole batch. */
function reported(payload: string, ids: readonly string[]): BatchResult {
  const answer: { batchItemFailures?: { itemIdentifier?: string }[] | null } | null = JSON.parse(payload);
  const failures = answer?.batchItemFailures ?? [];
  if (failures.length === 0) return { failed: 'none' };
  const items = failures.map(({ itemIdentifier }) => itemIdentifier ?? '');
  return items.every((item) => ids.includes(item)) ? { failed: 'some', items: new Set(items) } : { failed: 'all' };
}
