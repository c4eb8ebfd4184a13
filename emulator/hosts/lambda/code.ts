import { createHash, randomUUID } from 'node:crypto';
import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { unzipSync } from 'fflate';
import { ApiError } from '../host.ts';

/** The code of a function's process: a folder per digest, so that published versions keep theirs. */
export interface Code {
  readonly codeSha256: string;
  readonly codeSize: number;
}

/** Keeps unpacked code by its digest; a folder appears whole or not at all. */
export class CodeFolders {
  readonly #folder: string;

  constructor(dataDir: string) {
    this.#folder = join(dataDir, 'code');
    mkdirSync(this.#folder, { recursive: true });
    // On AWS, a `.js` file without its own package.json is CommonJS, so the repository around the data folder must not
    // count.
    writeFileSync(join(this.#folder, 'package.json'), '{"type":"commonjs"}\n');
  }

  folderOf(codeSha256: string): string {
    return join(this.#folder, Buffer.from(codeSha256, 'base64').toString('hex'));
  }

  putZip(zip: Buffer): Code {
    const codeSha256 = createHash('sha256').update(zip).digest('base64');
    this.#put(codeSha256, (folder) => unzipInto(folder, zip));
    return { codeSha256, codeSize: zip.length };
  }

  /** Takes a CDK asset, which is a folder that the deployment would zip or a file that it would upload. */
  putAsset(path: string): Code {
    if (!lstatSync(path).isDirectory()) return this.putZip(readFileSync(path));
    const { codeSha256, codeSize } = digestOf(path);
    this.#put(codeSha256, (folder) => cpSync(path, folder, { recursive: true, dereference: true }));
    return { codeSha256, codeSize };
  }

  /** Takes the source text that a template carries inline. */
  putInline(source: string): Code {
    const codeSha256 = createHash('sha256').update(source).digest('base64');
    this.#put(codeSha256, (folder) => writeFileSync(join(folder, 'index.js'), source));
    return { codeSha256, codeSize: Buffer.byteLength(source) };
  }

  #put(codeSha256: string, fill: (folder: string) => void): void {
    const folder = this.folderOf(codeSha256);
    if (existsSync(folder)) return;
    const unfinished = join(this.#folder, `unfinished-${randomUUID()}`);
    mkdirSync(unfinished);
    fill(unfinished);
    renameSync(unfinished, folder);
  }
}

/** Unpacks a zip; a path that would leave the folder is refused. */
export function unzipInto(folder: string, zip: Buffer): void {
  for (const [path, content] of Object.entries(entriesOf(zip))) {
    const file = join(folder, path);
    if (!file.startsWith(folder + sep)) throw new ApiError('InvalidParameterValueException', `The zip names a path outside of it: ${path}`);
    mkdirSync(path.endsWith('/') ? file : dirname(file), { recursive: true });
    if (!path.endsWith('/')) writeFileSync(file, content);
  }
}

function entriesOf(zip: Buffer): Record<string, Uint8Array> {
  try {
    return unzipSync(zip);
  } catch {
    throw new ApiError(
      'InvalidParameterValueException',
      'Could not unzip uploaded file. Please check your file, then try to upload again.',
    );
  }
}

function digestOf(folder: string): Code {
  const hash = createHash('sha256');
  let codeSize = 0;
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  for (const path of paths) {
    const content = readFileSync(path);
    codeSize += content.length;
    hash.update(`${path.slice(folder.length)}\0${content.length}\0`).update(content);
  }
  return { codeSha256: hash.digest('base64'), codeSize };
}
