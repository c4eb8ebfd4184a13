import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

const ofMcp = /^@modelcontextprotocol\/sdk\//;
const insideMcp = /node_modules[\\/]@modelcontextprotocol[\\/]sdk[\\/]/;

/**
 * Marks the MCP client as free of side effects, which its package.json does not say.
 * Without that, functions that never use it carry its 150 KB.
 */
const leaveOut: Plugin = {
  name: 'leave-out-unused-mcp-client',
  setup({ onResolve, resolve }) {
    // esbuild keeps the first resolution of a file. Mark the package's own imports too, or bundles differ by chance.
    onResolve({ filter: /^[@.]/ }, async ({ path, pluginData, ...asked }) => {
      const isMcp = ofMcp.test(path) || insideMcp.test(asked.importer);
      if (!isMcp || pluginData === 'resolved') return undefined;
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
