/** The median, of an even count the upper one; undefined of nothing. */
export const middle = (values: readonly number[]): number | undefined => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
