export const folder: string;
export const recordFile: string;
export function entryOf(digest: string): string;
export function urlOf(digest: string): string;
export function freshBundle(): string | undefined;
export function contentsOf(files: readonly string[]): Map<string, Buffer | undefined>;
export function digestOf(contents: ReadonlyMap<string, Buffer | string | undefined>): string;
