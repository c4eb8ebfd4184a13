import { StateFailure } from './failure.ts';
import type { StateHandler, Visit } from './visit.ts';

export const fail: StateHandler = {
  async run(visit) {
    throw new StateFailure(await text(visit, 'Error'), await text(visit, 'Cause'));
  },
};

async function text(visit: Visit, field: 'Error' | 'Cause'): Promise<string | undefined> {
  const value = visit.state[field];
  return value === undefined ? undefined : await visit.compiled.expressions.typed<string>(value, field, visit.scope(), 'string');
}
