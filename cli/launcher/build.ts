import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Plugin } from 'esbuild';
import { contentsOf, digestOf, entryOf, folder, recordFile, urlOf } from './bundle.mjs';
import { repository } from './suitable-node.mjs';

const source = join(repository, 'cli/sluice.ts');
/** The code of `sluice start` stays source: it reads neighboring files and needs the CDK. */
const START = 'cli/start/start.ts';
/** The other files that decide the bundle. npm rewrites `.package-lock.json` when it changes a package. */
const STEERING = ['package.json', 'node_modules/.package-lock.json', 'cli/launcher/build.ts', 'cli/launcher/bundle.mjs'];
const KEEP_MS = 24 * 3_600_000;

/** Bundles the CLI and returns its address. If bundling fails, it returns the source's address, which starts slower. */
export async function buildBundle(): Promise<string> {
  try {
    const contents = contentsOf(STEERING);
    mkdirSync(folder, { recursive: true });
    const fresh = mkdtempSync(join(folder, 'new-'));
    await bundleInto(fresh, contents);
    const digest = digestOf(contents);
    publish(fresh, digest, [...contents.keys()]);
    return urlOf(digest);
  } catch (error) {
    if (process.env.NODE_DEBUG?.includes('sluice')) console.error(error);
    return pathToFileURL(source).href;
  }
}

async function bundleInto(outdir: string, contents: Map<string, Buffer | undefined>): Promise<void> {
  const { build } = await import('esbuild');
  await build({
    absWorkingDir: repository,
    entryPoints: { sluice: source },
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    mainFields: ['module', 'main'],
    conditions: ['import', 'module'],
    tsconfigRaw: {},
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    logLevel: 'silent',
    plugins: [leaveStart, recordInto(contents)],
  });
}

const leaveStart: Plugin = {
  name: 'leave-start',
  setup({ onResolve }) {
    onResolve({ filter: /\/start\.ts$/ }, ({ path, resolveDir }) =>
      join(resolveDir, path) === join(repository, START)
        ? { path: pathToFileURL(join(repository, START)).href, external: true }
        : undefined,
    );
  },
};

/** Keeps the exact text that esbuild got of each source, so that a change during the build makes the bundle stale. */
const recordInto = (contents: Map<string, Buffer | undefined>): Plugin => ({
  name: 'record',
  setup({ onLoad }) {
    onLoad({ filter: /\.(ts|json)$/ }, ({ path }) => {
      const file = relative(repository, path);
      if (file.startsWith('node_modules') || file.startsWith('..')) return undefined;
      const content = readFileSync(path);
      if (content.includes('import.meta')) throw new Error(`${file} uses import.meta, so it cannot be bundled`);
      contents.set(file, content);
      return { contents: content, loader: path.endsWith('.ts') ? 'ts' : 'json' };
    });
  },
});

/** Puts a finished bundle where {@link freshBundle} finds it. Another process may have built it at the same time. */
function publish(fresh: string, digest: string, files: readonly string[]): void {
  const place = join(folder, digest);
  // mkdtemp makes a folder for its owner only, and other users run the CLI too.
  chmodSync(fresh, 0o755);
  if (!existsSync(entryOf(digest))) rmSync(place, { recursive: true, force: true });
  try {
    renameSync(fresh, place);
  } catch {
    rmSync(fresh, { recursive: true });
  }
  if (!existsSync(entryOf(digest))) throw new Error(`the bundle could not be put at ${place}`);
  writeFileSync(`${fresh}.json`, JSON.stringify({ digest, files }));
  renameSync(`${fresh}.json`, recordFile);
  for (const name of readdirSync(folder)) if (name !== digest && isOld(name)) rmSync(join(folder, name), { recursive: true, force: true });
}

/** A running CLI may still load chunks of an older bundle. */
const isOld = (name: string) => /^(new-|[0-9a-f]{32}$)/.test(name) && Date.now() - statSync(join(folder, name)).mtimeMs > KEEP_MS;
