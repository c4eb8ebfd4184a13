import type { StateHandler } from './visit.ts';

export const pass: StateHandler = { run: (visit) => visit.exit(visit.state, visit.frame.input) };
