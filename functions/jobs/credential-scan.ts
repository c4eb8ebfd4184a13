import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { run } from './command.ts';
import type { Finding } from './phi-scan.ts';

const SECRETLINT = ['secretlint@12.0.0', '@secretlint/secretlint-rule-preset-recommend@12.0.0'];
const preset = '@secretlint/secretlint-rule-preset-recommend';

/** Only what is safe to repeat: secretlint's JSON also holds the secret itself. */
const report = z.array(
  z.object({
    filePath: z.string(),
    messages: z.array(z.object({ ruleId: z.string(), loc: z.object({ start: z.object({ line: z.number() }) }) })),
  }),
);

/** Makes a folder with secretlint in it: the image's, or the registry's. */
export function installScanner(folder: string, imageModules: string | undefined = process.env.SLUICE_IMAGE_MODULES): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  writeFileSync(join(folder, 'secretlintrc.json'), JSON.stringify({ rules: [{ id: preset }] }));
  if (imageModules) symlinkSync(imageModules, join(folder, 'node_modules'));
  else run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...SECRETLINT], folder);
}

/** Scans a checkout for credentials; a scanner that did not run throws, since that is not a clean scan. */
export function scanForCredentials(scanner: string, checkout: string): Finding[] {
  const cli = join(scanner, 'node_modules', 'secretlint', 'bin', 'secretlint.js');
  const args = [cli, '--format', 'json', '--maskSecrets', '--secretlintrc', join(scanner, 'secretlintrc.json'), '**/*'];
  const ran = spawnSync(process.execPath, args, { cwd: checkout, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (ran.status !== 0 && ran.status !== 1) throw new Error(`secretlint did not run (exit ${ran.status})`);
  const parsed = report.safeParse(JSON.parse(ran.stdout || 'null'));
  if (!parsed.success) throw new Error('secretlint printed no report');
  return parsed.data.flatMap(({ filePath, messages }) =>
    messages.map(({ ruleId, loc }) => ({ rule: ruleId, file: filePath.replace(checkout, '').replace(/^\//, ''), line: loc.start.line })),
  );
}
