import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.ts';

/** Installs a checkout's production dependencies: from the build image where it brings them (`SLUICE_IMAGE_MODULES`), otherwise from the registry; never runs their scripts. */
export function installDependencies(checkout: string, imageModules: string | undefined = process.env.SLUICE_IMAGE_MODULES): void {
  const { dependencies = {} } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>;
  };
  if (!imageModules) {
    run(
      'npm',
      [existsSync(join(checkout, 'package-lock.json')) ? 'ci' : 'install', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'],
      checkout,
    );
    return;
  }
  for (const [name, version] of Object.entries(dependencies)) {
    const source = join(imageModules, `${name}-${version}`);
    if (!existsSync(source)) throw new Error(`the build image does not bring ${name} ${version}`);
    cpSync(source, join(checkout, 'node_modules', name), { recursive: true });
  }
}
