import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { machineNames } from '../statemachine/definitions.ts';
import { type Box, draw } from './picture/draw.ts';
import { checkDirection, type Layers, readLayers, reduced, roomImports } from './picture/graph.ts';
import type { Arrow } from './picture/layout.ts';
import { flowchart, starts } from './picture/machines.ts';

const root = join(import.meta.dirname, '..');

/** Draws the machines above the rooms. An arrow means "starts" or "imports". */
export function roomsPicture(layers: Layers, imports: readonly Arrow[]): string {
  checkDirection(layers, imports);
  const machine = (name: string): Box => ({ id: `machine ${name}`, label: name, kind: 'machine' });
  const rows = [
    ...[['deployment'], ['release', 'approval'], ['rollback']].map((names) => names.map(machine)),
    ...layers.toReversed().map((layer) => Object.keys(layer).map((room): Box => ({ id: room, label: room, kind: 'room' }))),
  ];
  const started = starts().map(({ from, to }) => ({ from: `machine ${from}`, to: `machine ${to}` }));
  const tasks = machineNames.map((name) => ({ from: `machine ${name}`, to: 'handlers' }));
  return draw('State machines and rooms', rows, reduced([...started, ...tasks, ...imports]));
}

/** Replaces the text between the marks of each machine in statemachine/README.md. */
export function withFlowcharts(page: string): string {
  return machineNames.reduce((text, name) => {
    const marks = new RegExp(`(<!-- picture of ${name} -->\n)[\\s\\S]*?(<!-- end -->)`);
    if (!marks.test(text)) throw new Error(`statemachine/README.md has no marks for ${name}: <!-- picture of ${name} --> … <!-- end -->`);
    return text.replace(marks, (_, start: string, end: string) => `${start}\n\`\`\`mermaid\n${flowchart(name)}\n\`\`\`\n\n${end}`);
  }, page);
}

/** Returns the current text of each generated picture, by its file. */
export function pictures(): Record<string, string> {
  const page = readFileSync(join(root, 'statemachine/README.md'), 'utf8');
  return { 'docs/rooms.svg': roomsPicture(readLayers(root), roomImports(root)), 'statemachine/README.md': withFlowcharts(page) };
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const [file, content] of Object.entries(pictures())) writeFileSync(join(root, file), content);
