export const repository: string;
export function isSuitable(version?: string): boolean;
export function handOver(args: readonly string[]): void;
