import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { UsageError } from './usage-error.ts';

/** Reads a JSON file, `-` for standard input, and parses it with a schema. The error names each wrong field. */
export async function readInput<T>(file: string, schema: z.ZodType<T>): Promise<T> {
  const parsed = schema.safeParse(await readJson(file));
  if (parsed.success) return parsed.data;
  throw new UsageError(`${file} is not valid:\n${z.prettifyError(parsed.error)}`);
}

/** Reads a JSON file of any shape, `-` for standard input. */
export async function readJson(file: string): Promise<unknown> {
  const content = await contentOf(file);
  return parse(content.replace(/^\uFEFF/, ''), file);
}

async function contentOf(file: string): Promise<string> {
  if (file === '-') return text(process.stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${(error as Error).message}`);
  }
}

/** Reads NaN and Infinity, which Python and Scala write into JSON, as missing values. Reads JSON lines as an array. */
function parse(content: string, file: string): unknown {
  const standard = content.replace(/"(?:[^"\\]|\\.)*"|[+-]?\b(?:NaN|Infinity)\b/g, (token) => (token.startsWith('"') ? token : 'null'));
  try {
    return JSON.parse(standard);
  } catch (error) {
    const lines = linesOf(standard, file);
    if (lines) return lines;
    throw new UsageError(`${file} is not JSON: ${(error as Error).message}`);
  }
}

/** If the first line alone is JSON, each line must be JSON. */
function linesOf(content: string, file: string): unknown[] | undefined {
  const lines = content.split('\n').flatMap((line, index) => (line.trim() === '' ? [] : [{ line, number: index + 1 }]));
  const parsed = lines.map(({ line }) => parseLine(line));
  if (lines.length < 2 || parsed[0]?.error) return undefined;
  const broken = parsed.findIndex(({ error }) => error);
  if (broken >= 0) throw new UsageError(`${file} is not JSON in line ${lines[broken]?.number}: ${parsed[broken]?.error}`);
  return parsed.map(({ value }) => value);
}

function parseLine(line: string): { value?: unknown; error?: string } {
  try {
    return { value: JSON.parse(line) };
  } catch (error) {
    return { error: (error as Error).message };
  }
}
