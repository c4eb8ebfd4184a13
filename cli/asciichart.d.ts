declare module 'asciichart' {
  export interface PlotConfig {
    readonly min?: number;
    readonly max?: number;
    readonly height?: number;
    readonly offset?: number;
    readonly symbols?: readonly string[];
    readonly format?: (value: number) => string;
  }
  export const red: string;
  export const blue: string;
  export const darkgray: string;
  export const reset: string;
  export function plot(series: readonly number[], config?: PlotConfig): string;
}
