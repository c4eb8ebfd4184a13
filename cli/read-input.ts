import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { UsageError } from './usage-error.ts';

/** Reads a JSON file, `-` for standard input, and holds it against a schema; what is wrong is said by place. */
export async function readInput<T>(file: string, schema: z.ZodType<T>): Promise<T> {
  const parsed = schema.safeParse(parse(await contentOf(file), file));
  if (parsed.success) return parsed.data;
  throw new UsageError(`${file} cannot be taken:\n${z.prettifyError(parsed.error)}`);
}

async function contentOf(file: string): Promise<string> {
  if (file === '-') return text(process.stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${(error as Error).message}`);
  }
}

/** Takes NaN and Infinity, which Python and Scala write into JSON, as missing values, and JSON lines as an array. */
function parse(content: string, file: string): unknown {
  const standard = content.replace(/"(?:[^"\\]|\\.)*"|[+-]?\b(?:NaN|Infinity)\b/g, (token) => (token.startsWith('"') ? token : 'null'));
  try {
    return JSON.parse(standard);
  } catch (error) {
    const lines = standard.split('\n').filter((line) => line.trim() !== '');
    if (lines.length > 1 && lines.every(isJson)) return lines.map((line) => JSON.parse(line));
    throw new UsageError(`${file} is not JSON: ${(error as Error).message}`);
  }
}

function isJson(line: string): boolean {
  try {
    return JSON.parse(line) !== undefined;
  } catch {
    return false;
  }
}
