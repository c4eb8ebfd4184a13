import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { proseFiles } from './files.ts';
import type { Finding } from './finding.ts';
import { readFile } from './read.ts';
import type { Report } from './report.ts';

/** Reads all prose below `root`, or only that of `paths`. */
export async function run(root: string, paths: readonly string[]): Promise<Report> {
  const files = proseFiles(root, paths);
  if (files.length === 0)
    throw new Error(`no Markdown, TypeScript or state machine in ${paths.join(', ') || root}; name files that git knows or would add`);
  const findings: Finding[] = [];
  const words: number[] = [];
  for (const path of files) {
    const report = await reported(root, path);
    findings.push(...report.findings);
    words.push(...report.words);
  }
  return { files: files.length, sentences: words.length, nearlyLong: words.filter((count) => count > 20 && count <= 25).length, findings };
}

async function reported(root: string, path: string) {
  try {
    return await readFile(path, readFileSync(join(root, path), 'utf8'));
  } catch (error) {
    throw new Error(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
