/** Rounds to a number of decimals, for sentences and pages. */
export const roundTo = (decimals: number, value: number): number => Math.round(value * 10 ** decimals) / 10 ** decimals;
