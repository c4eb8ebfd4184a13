import { RUNTIME_ERROR, StateFailure } from './failure.ts';
import type { StateHandler } from './visit.ts';

export const choice: StateHandler = {
  async run(visit) {
    const { state, frame } = visit;
    const scope = visit.scope();
    for (const [i, rule] of (state.Choices ?? []).entries()) {
      const holds = await visit.compiled.expressions.typed<boolean>(rule.Condition, `Choices[${i}]/Condition`, scope, 'boolean');
      if (holds) return { ...(await visit.exit(rule, frame.input, scope, `Choices[${i}]/`)), next: rule.Next };
    }
    if (state.Default) return { ...(await visit.exit(state, frame.input, scope)), next: state.Default };
    const why = 'Failed to transition out of the state. The state does not point to a next state.';
    throw new StateFailure(RUNTIME_ERROR, visit.prefix + why);
  },
};
