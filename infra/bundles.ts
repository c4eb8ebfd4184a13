import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Marks the MCP client as free of side effects, so that functions without it do not carry its 150 KB. */
const leaveOut: Plugin = {
  name: 'leave-out-what-is-not-used',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^@modelcontextprotocol\/sdk\// }, async ({ path, pluginData, ...asked }) => {
      if (pluginData === 'resolved') return undefined;
      return { ...(await resolve(path, { ...asked, pluginData: 'resolved' })), sideEffects: false };
    });
  },
};

/** Bundles all entries in one esbuild run, each into its own folder below `outdir`. */
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
