import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const STAMP = `${FOLDER}node_modules/.installed-lock`;

/** Installs the linters on first use and after their lock changed; returns at once otherwise. */
export function ensureTools(): void {
  const lock = createHash('sha256')
    .update(readFileSync(`${FOLDER}package-lock.json`))
    .digest('hex');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === lock) return;
  console.error('prose: installing the linters into prose/node_modules (once, about 22 MB) ...');
  const { status, error } = spawnSync('npm', ['ci', '--prefix', FOLDER, '--ignore-scripts', '--no-audit', '--no-fund'], {
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0)
    throw new Error(`npm ci in prose/ failed (${error?.message ?? `exit code ${status}`}); see its output above, then run it again`);
  writeFileSync(STAMP, lock);
  console.error('prose: the linters are installed.');
}
