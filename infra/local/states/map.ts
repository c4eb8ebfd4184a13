import type { Json } from './definition.ts';
import { EvaluationFailure, StateFailure } from './failure.ts';
import type { Children, Signal } from './frame.ts';
import type { Outcome, StateHandler, Visit } from './visit.ts';

const MOST_CONCURRENT = 40;

export const map: StateHandler = {
  async run(visit) {
    const { step, frame } = visit;
    const values = await items(visit);
    const concurrency = await limit(visit, 'MaxConcurrency', 0);
    const toleratedFailures = await tolerated(visit, values.length);
    step.event('MapStateStarted', { length: values.length }, frame.cursor, frame);
    frame.children = {
      items: values,
      concurrency: Math.min(concurrency || MOST_CONCURRENT, MOST_CONCURRENT),
      toleratedFailures,
      next: 0,
      running: 0,
      failed: [],
      results: [],
    };
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
  const iteration = { index: child.index, name: frame.state };
  children.results[child.index] = output;
  children.running--;
  step.event('MapIterationSucceeded', iteration, child.cursor, frame);
  step.removeFrame(child.id);
  return await proceed(visit, children, child.cursor);
}

async function failed(visit: Visit, children: Children, signal: Extract<Signal, { type: 'childFailed' }>): Promise<Outcome> {
  const { step, frame } = visit;
  const { child, error, reason } = signal;
  step.event('MapIterationFailed', { index: child.index, name: frame.state }, child.cursor);
  frame.cursor = child.cursor;
  children.failed.push(child.index);
  if (children.failed.length > children.toleratedFailures) {
    for (const other of step.childrenOf(frame.id))
      if (other.id !== child.id) step.event('MapIterationAborted', { index: other.index, name: frame.state }, other.cursor);
    if (children.toleratedFailures === 0) throw new StateFailure(error, reason);
    throw new StateFailure('States.ExceedToleratedFailureThreshold', 'The specified tolerated failure threshold was exceeded');
  }
  children.running--;
  step.removeFrame(child.id);
  return await proceed(visit, children, child.cursor);
}

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
  step.addFrame({ parent: frame.id, path: [...frame.path, frame.state], index, item, state: StartAt, input, cursor });
  children.running++;
}

async function items(visit: Visit): Promise<Json[]> {
  const { state, frame } = visit;
  if (state.Items !== undefined) return await visit.compiled.expressions.typed<Json[]>(state.Items, 'Items', visit.scope(), 'array');
  if (Array.isArray(frame.input)) return frame.input;
  throw new EvaluationFailure(`${visit.prefix}Map state input must be an array but was: ${JSON.stringify(frame.input)}`);
}

async function limit(visit: Visit, field: 'MaxConcurrency' | 'ToleratedFailureCount' | 'ToleratedFailurePercentage', otherwise: number) {
  const value = visit.state[field];
  return value === undefined ? otherwise : await visit.integer(value, field);
}

async function tolerated(visit: Visit, length: number): Promise<number> {
  const count = await limit(visit, 'ToleratedFailureCount', 0);
  const percentage = await limit(visit, 'ToleratedFailurePercentage', 0);
  return Math.max(count, Math.floor((length * percentage) / 100));
}
