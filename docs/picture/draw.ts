import { type Arrow, BOX, place, type Spot } from './layout.ts';

/** One box: its id, its text and its look. */
export interface Box {
  readonly id: string;
  readonly label: string;
  readonly kind: 'machine' | 'room';
}

/** The colors are part of the picture, because a page may show it on any background. */
const style = `
  .paper { fill: #ffffff } .room { fill: #eef2f7; stroke: #5b6b7f } .machine { fill: #fdf1dc; stroke: #9a6b14 }
  text { font: 13px system-ui, sans-serif; fill: #1c2733; text-anchor: middle } path { fill: none; stroke: #5b6b7f; stroke-width: 1.3 } .head { fill: #5b6b7f; stroke: none }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #12181f } .room { fill: #1f2a36; stroke: #8fa3ba } .machine { fill: #3a2c10; stroke: #d6a548 }
    text { fill: #e8edf3 } path { stroke: #8fa3ba } .head { fill: #8fa3ba }
  }`;

/** Draws rows of boxes, top row first, and the arrows between them. */
export function draw(title: string, rows: readonly (readonly Box[])[], arrows: readonly Arrow[]): string {
  const placed = place(
    rows.map((row) => row.map(({ id }) => id)),
    arrows,
  );
  const known = new Map(rows.flat().map((box) => [box.id, box]));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${title}" viewBox="0 0 ${placed.width} ${placed.height}" width="${placed.width}">`,
    `<title>${title}</title>`,
    `<style>${style}\n</style>`,
    '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="head" d="M0 0L8 4L0 8Z"/></marker></defs>',
    `<rect class="paper" width="${placed.width}" height="${placed.height}"/>`,
    ...placed.pieces.map(({ from, to, hasHead }) => `<path d="${curve(from, to)}"${hasHead ? ' marker-end="url(#head)"' : ''}/>`),
    ...placed.boxes.map((spot) => boxAt(spot, known.get(spot.name) as Box)),
    '</svg>\n',
  ].join('\n');
}

function curve(from: Spot, to: Spot): string {
  const [top, bottom] = [from.y + (from.isBox ? BOX.height : BOX.height / 2), to.y + (to.isBox ? 0 : BOX.height / 2)];
  const middle = (top + bottom) / 2;
  return `M${from.x} ${top}C${from.x} ${middle} ${to.x} ${middle} ${to.x} ${bottom}`;
}

function boxAt({ x, y }: Spot, { label, kind }: Box): string {
  const corner = kind === 'machine' ? BOX.height / 2 : 5;
  const rectangle = `<rect class="${kind}" x="${x - BOX.width / 2}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="${corner}"/>`;
  return `${rectangle}<text x="${x}" y="${y + 22}">${label}</text>`;
}
