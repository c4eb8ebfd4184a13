import type { Serving } from '#domain/release';

export interface Move {
  readonly baseline: string;
  readonly candidate: string;
  readonly weightPercent: number;
  readonly revision: string;
  readonly weights: readonly number[];
  readonly index: number;
}
export type Shifted = { readonly settled: false } | { readonly settled: true; readonly serving: Serving };
