import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { handOver, isSuitable } from './suitable-node.mjs';

// Runs a program of this repository under any Node of the host: `node cli/launcher/run.mjs FILE [arguments]`.
const [, , file, ...args] = process.argv;
if (!file) throw new Error('name the program to run: node cli/launcher/run.mjs FILE [arguments]');
if (isSuitable()) {
  process.argv = [process.execPath, resolve(file), ...args];
  await import(pathToFileURL(resolve(file)).href);
} else handOver([fileURLToPath(import.meta.url), file, ...args]);
