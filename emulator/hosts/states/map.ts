import type { Json } from './definition.ts';
import { EvaluationFailure, StateFailure } from './failure.ts';
import { type Children, childrenOf, type Frame, type Signal } from './frame.ts';
import type { Outcome, StateHandler, Visit } from './visit.ts';

const MOST_CONCURRENT = 40;

export const map: StateHandler = {
  async run(visit) {
    const { step, frame } = visit;
    const values = await items(visit);
    const concurrency = await visit.count('MaxConcurrency');
    const toleratedFailures = await tolerated(visit, values.length);
    step.event('MapStateStarted', { length: values.length }, frame.cursor, frame);
    const allowed = Math.min(concurrency || MOST_CONCURRENT, MOST_CONCURRENT);
    frame.children = childrenOf({ items: values, concurrency: allowed, toleratedFailures });
    return await proceed(visit, frame.children);
  },

  async on(visit, signal) {
    const { children } = visit.frame;
    if (!children || (signal.type !== 'child' && signal.type !== 'childFailed')) return 'waits';
    return signal.type === 'child' ? succeeded(visit, children, signal) : failed(visit, children, signal);
  },
};

async function succeeded(visit: Visit, children: Children, { child, output }: Extract<Signal, { type: 'child' }>): Promise<Outcome> {
  const { step, frame } = visit;
  children.results[child.index] = output;
  children.running--;
  step.event('MapIterationSucceeded', iterationOf(frame, child), child.cursor, frame);
  step.removeFrame(child.id);
  return await proceed(visit, children, child.cursor);
}

async function failed(visit: Visit, children: Children, { child, failure }: Extract<Signal, { type: 'childFailed' }>): Promise<Outcome> {
  const { step, frame } = visit;
  children.failed.push(child.index);
  const tooMany = children.failed.length > children.toleratedFailures;
  if (tooMany) visit.cutSiblings(child, (cut) => step.event('MapIterationAborted', iterationOf(frame, cut), child.cursor));
  step.event('MapIterationFailed', iterationOf(frame, child), child.cursor);
  frame.cursor = child.cursor;
  if (tooMany && children.toleratedFailures === 0) throw failure;
  if (tooMany) throw new StateFailure('States.ExceedToleratedFailureThreshold', 'The specified tolerated failure threshold was exceeded');
  children.running--;
  step.removeFrame(child.id);
  return await proceed(visit, children, child.cursor);
}

const iterationOf = (map: Frame, { index }: Frame) => ({ index, name: map.state });

/** Starts as many iterations as may run now, or ends the state after the last. */
async function proceed(visit: Visit, children: Children, follows = visit.frame.cursor): Promise<Outcome> {
  while (children.running < children.concurrency && children.next < children.items.length) await iterate(visit, children, follows);
  if (children.running > 0) return 'waits';
  const { step, frame, state } = visit;
  const result = visit.within(children.results.filter((_, index) => !children.failed.includes(index)));
  frame.children = undefined;
  step.event('MapStateSucceeded', undefined, frame.cursor);
  return await visit.exit(state, result, visit.scope({ result }));
}

async function iterate(visit: Visit, children: Children, follows: number): Promise<void> {
  const { step, frame, state } = visit;
  const index = children.next++;
  const item = { Index: index, Value: children.items[index] ?? null };
  const input =
    state.ItemSelector === undefined ? item.Value : await visit.evaluate(state.ItemSelector, 'ItemSelector', visit.scope({ item }));
  const cursor = step.event('MapIterationStarted', { index, name: frame.state }, follows);
  const StartAt = state.ItemProcessor?.StartAt ?? '';
  step.addFrame({ parent: frame.id, path: [...frame.path, [frame.state]], index, item, state: StartAt, input, cursor });
  children.running++;
}

async function items(visit: Visit): Promise<Json[]> {
  const { state, frame } = visit;
  if (state.Items !== undefined) return await visit.compiled.expressions.typed<Json[]>(state.Items, 'Items', visit.scope(), 'array');
  if (Array.isArray(frame.input)) return frame.input;
  throw new EvaluationFailure(`${visit.prefix}Map state input must be an array but was: ${JSON.stringify(frame.input)}`);
}

async function tolerated(visit: Visit, length: number): Promise<number> {
  const count = await visit.count('ToleratedFailureCount');
  const percentage = await visit.count('ToleratedFailurePercentage');
  if (count === undefined && percentage === undefined) return 0;
  return Math.min(count ?? length, percentage === undefined ? length : Math.floor((length * percentage) / 100));
}
