/** The one entry point of the emulator. Other packages import nothing else of it; `npm run lint` holds that. */
export type { Exercise } from './authorization/authorization.ts';
export type { Denial } from './authorization/denial.ts';
export { evaluate } from './authorization/evaluate.ts';
export { type Clock, realClock, VirtualClock } from './clock/clock.ts';
export { seededRandom } from './clock/seeded-random.ts';
export { Endpoint } from './endpoint/endpoint.ts';
export { type ApiCall, ApiError, type ApiReply } from './hosts/host.ts';
export type { Statement } from './hosts/iam/statements.ts';
export { definitionProblems } from './hosts/states/validation.ts';
export { type Runtime, startRuntime } from './runtime/runtime.ts';
