/** Returns the median; for an even count the upper one, for an empty list undefined. */
export const middle = (values: readonly number[]): number | undefined => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
