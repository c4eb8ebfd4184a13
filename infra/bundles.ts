import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The MCP client does not say that it does nothing when it is loaded, so functions that never use it would carry its 150 KB. */
const leaveOut: Plugin = {
  name: 'leave-out-what-is-not-used',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^@modelcontextprotocol\/sdk\// }, async ({ path, pluginData, ...asked }) => {
      if (pluginData === 'resolved') return undefined;
      return { ...(await resolve(path, { ...asked, pluginData: 'resolved' })), sideEffects: false };
    });
  },
};

/** Bundles every entry in one esbuild run, each into a folder of its own below `outdir`; a missing entry is esbuild's error, which names it. */
export async function bundle(entries: Readonly<Record<string, string>>, outdir: string): Promise<(name: string) => string> {
  mkdirSync(outdir, { recursive: true });
  await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(
      Object.entries(entries).map(([name, entry]) => [`${name}/${name.endsWith('-job') ? name.replace('-job', '') : 'index'}`, entry]),
    ),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minify: true,
    keepNames: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    conditions: ['import', 'module'],
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    logLevel: 'error',
    plugins: [leaveOut],
  });
  return (name) => join(outdir, name);
}
