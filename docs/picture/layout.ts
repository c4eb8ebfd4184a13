export interface Arrow {
  readonly from: string;
  readonly to: string;
}

/** A box of the picture, or the point at which an arrow crosses a row. */
export interface Spot {
  readonly name: string;
  readonly isBox: boolean;
  x: number;
  readonly y: number;
}

export interface Placed {
  readonly boxes: readonly Spot[];
  /** Pieces of arrows from one row to the next; only the last piece of an arrow has a head. */
  readonly pieces: readonly { readonly from: Spot; readonly to: Spot; readonly hasHead: boolean }[];
  readonly width: number;
  readonly height: number;
}

export const BOX = { width: 116, height: 34 } as const;
const GAP = 26;
const CROSSING = 14;
const ROW = 78;
const MARGIN = 24;
/** In pictures of this size, more sweeps would change nothing. */
const SWEEPS = 12;

/** Places boxes row by row, top row first. Arrows run down and around boxes, as in a layered drawing by `Sugiyama`. */
export function place(rows: readonly (readonly string[])[], arrows: readonly Arrow[]): Placed {
  const rowOf = new Map(rows.flatMap((names, row) => names.map((name) => [name, row] as const)));
  const grid = rows.map((names, row) => names.map((name): Spot => ({ name, isBox: true, x: 0, y: MARGIN + row * ROW })));
  const pieces = arrows.flatMap(({ from, to }) => piecesOf(grid, rowOf.get(from) as number, from, rowOf.get(to) as number, to));
  const unique = [...new Map(pieces.map((piece) => [`${piece.from.y} ${piece.from.name} ${piece.to.name}`, piece])).values()];
  for (const row of grid) spread(row);
  for (let sweep = 0; sweep < SWEEPS; sweep++) for (const row of sweep % 2 ? grid : grid.toReversed()) settle(row, unique);
  const spots = grid.flat();
  const left = Math.min(...spots.map(({ x }) => x)) - BOX.width / 2 - MARGIN;
  for (const spot of spots) spot.x = Math.round(spot.x - left);
  const width = Math.max(...spots.map(({ x }) => x)) + BOX.width / 2 + MARGIN;
  return { boxes: spots.filter(({ isBox }) => isBox), pieces: unique, width, height: 2 * MARGIN + (rows.length - 1) * ROW + BOX.height };
}

/** Splits an arrow at each row that it crosses. Arrows to the same box share their crossings. */
function piecesOf(grid: Spot[][], top: number, from: string, bottom: number, to: string) {
  const crossings = grid.slice(top + 1, bottom).map((row, index) => {
    const name = `→ ${to}`;
    const known = row.find((spot) => spot.name === name);
    if (known) return known;
    const crossing: Spot = { name, isBox: false, x: 0, y: MARGIN + (top + 1 + index) * ROW };
    row.push(crossing);
    return crossing;
  });
  const spots = [boxIn(grid[top], from), ...crossings, boxIn(grid[bottom], to)];
  return spots.slice(1).map((spot, index) => ({ from: spots[index] as Spot, to: spot, hasHead: spot.isBox }));
}

const boxIn = (row: readonly Spot[] | undefined, name: string) => row?.find((spot) => spot.isBox && spot.name === name) as Spot;

const roomFor = ({ isBox }: Spot) => (isBox ? BOX.width + GAP : CROSSING + GAP) / 2;

/** Moves each spot of a row to the middle of its neighbors, and keeps the distance between them. */
function settle(row: Spot[], pieces: Placed['pieces']): void {
  for (const spot of row) {
    const neighbors = pieces.flatMap(({ from, to }) => (from === spot ? [to.x] : to === spot ? [from.x] : []));
    if (neighbors.length > 0) spot.x = neighbors.reduce((sum, x) => sum + x, 0) / neighbors.length;
  }
  row.sort((a, b) => a.x - b.x || (a.name < b.name ? -1 : 1));
  spread(row);
}

function spread(row: readonly Spot[]): void {
  const wanted = row.reduce((sum, { x }) => sum + x, 0);
  for (const [index, spot] of row.entries()) {
    const before = row[index - 1];
    if (before) spot.x = Math.max(spot.x, before.x + roomFor(before) + roomFor(spot));
  }
  const shift = (row.reduce((sum, { x }) => sum + x, 0) - wanted) / row.length;
  for (const spot of row) spot.x -= shift;
}
