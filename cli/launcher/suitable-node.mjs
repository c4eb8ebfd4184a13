import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = fileURLToPath(new URL('../..', import.meta.url));

/** True if this Node runs TypeScript and SQLite without a flag: 22.18 or later in 22, and 23.6 or later. */
export function isSuitable(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18);
}

/** Runs a program on the Node that npm installed, and exits with its exit code. */
export function handOver(args) {
  const node = packagedNode();
  if (!node) {
    console.error(
      `Node ${process.versions.node} is older than 22.18, and node_modules has no newer one: run \`npm ci\` with this Node first`,
    );
    process.exit(1);
  }
  const path = [dirname(node), process.env.PATH].join(delimiter);
  const child = spawn(node, args, { stdio: 'inherit', env: { ...process.env, PATH: path } });
  // A terminal sends Ctrl-C to the child too. A second signal would interrupt its cleanup.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

function packagedNode() {
  const system = process.platform === 'win32' ? 'win' : process.platform;
  const file = join(repository, 'node_modules', `node-${system}-${process.arch}`, 'bin', system === 'win' ? 'node.exe' : 'node');
  return existsSync(file) ? file : undefined;
}
