#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { freshBundle } from './launcher/bundle.mjs';
import { handOver, isSuitable } from './launcher/suitable-node.mjs';

if (isSuitable()) await import(freshBundle() ?? (await (await import('./launcher/build.ts')).buildBundle()));
else handOver([fileURLToPath(import.meta.url), ...process.argv.slice(2)]);
