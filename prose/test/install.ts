import { ensureTools } from '../tools.ts';

/** The linters are not among the root's packages. */
export default function setup(): void {
  ensureTools();
}
