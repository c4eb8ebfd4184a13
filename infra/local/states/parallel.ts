import { StateFailure } from './failure.ts';
import type { Signal } from './frame.ts';
import type { Outcome, StateHandler, Visit } from './visit.ts';

export const parallel: StateHandler = {
  async run(visit) {
    const { state, step, frame } = visit;
    const input = state.Arguments === undefined ? frame.input : await visit.evaluate(state.Arguments, 'Arguments');
    const branches = state.Branches ?? [];
    step.event('ParallelStateStarted', undefined, frame.cursor, frame);
    frame.children = {
      items: [],
      concurrency: 0,
      toleratedFailures: 0,
      next: branches.length,
      running: branches.length,
      failed: [],
      results: [],
    };
    for (const [index, { StartAt }] of branches.entries())
      step.addFrame({ parent: frame.id, path: [...frame.path, frame.state, index], index, state: StartAt, input, cursor: frame.cursor });
    return 'waits';
  },

  async on(visit, signal) {
    if (signal.type === 'childFailed') return failed(visit, signal);
    if (signal.type !== 'child' || !visit.frame.children) return 'waits';
    return finished(visit, signal);
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

function failed({ frame }: Visit, { child, error, reason }: Extract<Signal, { type: 'childFailed' }>): never {
  frame.cursor = child.cursor;
  throw new StateFailure(error, reason);
}
