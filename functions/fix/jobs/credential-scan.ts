import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import * as z from 'zod';
import { harmless, run } from './command.ts';
import { withoutScripts } from './dependencies.ts';
import type { Finding } from './phi-scan.ts';

const preset = '@secretlint/secretlint-rule-preset-recommend';
const SECRETLINT = ['secretlint@12.0.0', `${preset}@12.0.0`];

/** Only the fields that are safe to repeat: secretlint's JSON also holds the file, and so the secret. */
const report = z.array(
  z.object({
    filePath: z.string(),
    messages: z.array(z.object({ ruleId: z.string(), loc: z.object({ start: z.object({ line: z.number() }) }) })),
  }),
);

/** Makes a folder with secretlint, from the build image or else from the registry. */
export function installScanner(folder: string, imageModules: string | undefined): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  writeFileSync(join(folder, 'secretlintrc.json'), JSON.stringify({ rules: [{ id: preset }] }));
  writeFileSync(join(folder, 'nothing-ignored'), '');
  if (imageModules) symlinkSync(imageModules, join(folder, 'node_modules'));
  else run('npm', ['install', ...withoutScripts, ...SECRETLINT], folder);
}

/**
 * Scans files of a checkout for credentials.
 * If the scanner did not run or left out a file, throws: that is not a clean scan.
 */
export function scanForCredentials(scanner: string, checkout: string, files: readonly string[]): Finding[] {
  const deaf = join(scanner, 'deaf');
  const originals = new Map(files.map((file) => [unnoticed(file), file]));
  for (const [copy, file] of originals) copyDeaf(join(checkout, file), join(deaf, copy));
  const scanned = batches([...originals.keys()]).flatMap((batch) => scanBatch(scanner, deaf, batch));
  return scanned.flatMap(({ filePath, messages }) =>
    messages.map(({ ruleId, loc }) => ({ rule: ruleId, file: originals.get(relative(deaf, filePath)) ?? '', line: loc.start.line })),
  );
}

/** secretlint skips folders with this name, so the copy has another. */
const unnoticed = (file: string) => file.replaceAll('node_modules', 'node-modules');

/** Copies a file without secretlint's comments, so that the file cannot switch off its own scan. */
function copyDeaf(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  const bytes = readFileSync(from, 'latin1');
  if (bytes.includes('secretlint-')) writeFileSync(to, bytes.replaceAll('secretlint-', 'secretlint '), 'latin1');
  else cpSync(from, to);
}

function scanBatch(scanner: string, folder: string, files: readonly string[]): z.infer<typeof report> {
  const cli = join(scanner, 'node_modules', 'secretlint', 'bin', 'secretlint.js');
  const rules = ['--secretlintrc', join(scanner, 'secretlintrc.json'), '--secretlintignore', join(scanner, 'nothing-ignored')];
  const args = [cli, '--format', 'json', '--no-glob', ...rules, ...files.map((file) => `./${file}`)];
  const ran = spawnSync(process.execPath, args, { cwd: folder, env: harmless(), encoding: 'utf8', maxBuffer: 1024 ** 3 });
  if (ran.status !== 0 && ran.status !== 1) throw new Error(`secretlint did not run (exit ${ran.status})`);
  const parsed = report.safeParse(JSON.parse(ran.stdout || 'null'));
  if (!parsed.success) throw new Error('secretlint printed no report');
  if (parsed.data.length < files.length) throw new Error(`secretlint left out ${files.length - parsed.data.length} file(s)`);
  return parsed.data;
}

const batches = (files: readonly string[]) =>
  Array.from({ length: Math.ceil(files.length / 200) }, (_, index) => files.slice(index * 200, (index + 1) * 200));
