import { childrenOf, type Signal } from './frame.ts';
import type { Outcome, StateHandler, Visit } from './visit.ts';

export const parallel: StateHandler = {
  async run(visit) {
    const { state, step, frame } = visit;
    const input = state.Arguments === undefined ? frame.input : await visit.evaluate(state.Arguments, 'Arguments');
    const branches = state.Branches ?? [];
    step.event('ParallelStateStarted', undefined, frame.cursor, frame);
    frame.children = childrenOf({ running: branches.length });
    for (const [index, { StartAt }] of branches.entries())
      step.addFrame({ parent: frame.id, path: [...frame.path, [frame.state, index]], index, state: StartAt, input, cursor: frame.cursor });
    return 'waits';
  },

  async on(visit, signal) {
    if (signal.type === 'child') return await finished(visit, signal);
    if (signal.type !== 'childFailed') return 'waits';
    visit.cutSiblings(signal.child);
    visit.frame.cursor = signal.child.cursor;
    throw signal.failure;
  },
};

async function finished(visit: Visit, { child, output }: Extract<Signal, { type: 'child' }>): Promise<Outcome> {
  const { step, frame, state } = visit;
  const { children } = frame;
  if (!children) return 'waits';
  children.results[child.index] = output;
  step.removeFrame(child.id);
  if (--children.running > 0) return 'waits';
  frame.cursor = child.cursor;
  const result = visit.within(children.results);
  frame.children = undefined;
  step.event('ParallelStateSucceeded', undefined, frame.cursor);
  return await visit.exit(state, result, visit.scope({ result }));
}
