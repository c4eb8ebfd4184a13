import type { StateHandler } from './visit.ts';

export const succeed: StateHandler = { run: (visit) => visit.exit({ Output: visit.state.Output }, visit.frame.input) };
