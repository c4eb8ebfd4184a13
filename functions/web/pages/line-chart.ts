import { type Html, html } from './html.ts';

export interface ChartPoint {
  readonly seconds: number;
  readonly candidate: number | null;
  readonly baseline?: number | null;
}

export interface Chart {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly points: readonly ChartPoint[];
  readonly limit: number | null;
}

const WIDTH = 340;
const HEIGHT = 170;
const BOX = { left: 52, right: 332, top: 14, bottom: 146 };

interface Scale {
  readonly x: (seconds: number) => number;
  readonly y: (value: number) => number;
  readonly top: number;
  readonly seconds: number;
}

/** Draws one metric over time: candidate, baseline and limit. The image has a description in words. */
export function lineChart(chart: Chart): Html {
  const { id, title, unit, points, limit } = chart;
  const scale = scaleOf(chart);
  const hasBaseline = points.some(({ baseline }) => baseline !== null && baseline !== undefined);
  return html`<figure><h3>${title}</h3><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}-title ${id}-desc"><title id="${id}-title">${title}</title><desc id="${id}-desc">${chartInWords(chart)}</desc>${axes(scale, unit)}${limit !== null && limitLine(scale, limit, unit)}${hasBaseline && series(points, scale, 'baseline')}${series(points, scale, 'candidate')}</svg><ul class="key">${key('candidate', 'this fix')}${hasBaseline && key('baseline', 'the old version')}</ul></figure>`;
}

function scaleOf({ points, limit }: Chart): Scale {
  const values = points.flatMap(({ candidate, baseline }) => [candidate ?? 0, baseline ?? 0]);
  const top = roundedUp(Math.max(1e-9, (limit ?? 0) * 1.2, ...values));
  const seconds = Math.max(1, points.at(-1)?.seconds ?? 1);
  const at = (from: number, to: number, share: number) => Math.round((from + (to - from) * share) * 10) / 10;
  return {
    top,
    seconds,
    x: (value) => at(BOX.left, BOX.right, value / seconds),
    y: (value) => at(BOX.bottom, BOX.top, value / top),
  };
}

/** Rounds up to 1, 1.5, 2, 3, 4, 5, 6 or 8 times a power of ten, so the axis ends at a plain number. */
function roundedUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((times) => value <= times * power * 1.000001) ?? 10;
  return Number((step * power).toPrecision(3));
}

function axes({ x, y, top, seconds }: Scale, unit: string): Html {
  const levels = [0, top / 2, top].map((value) => Number(value.toPrecision(3)));
  return html`${levels.map((value) => html`<line class="axis" x1="${BOX.left}" x2="${BOX.right}" y1="${y(value)}" y2="${y(value)}"/><text x="${BOX.left - 6}" y="${y(value) + 4}" text-anchor="end">${value === 0 ? value : `${value} ${unit}`}</text>`)}<text x="${BOX.left}" y="${HEIGHT - 6}">0 s</text><text x="${x(seconds)}" y="${HEIGHT - 6}" text-anchor="end">${Math.round(seconds)} s</text>`;
}

const limitLine = ({ y }: Scale, limit: number, unit: string) =>
  html`<line class="limit" x1="${BOX.left}" x2="${BOX.right}" y1="${y(limit)}" y2="${y(limit)}"/><text class="limit-word" x="${BOX.right}" y="${y(limit) - 4}" text-anchor="end">limit ${limit} ${unit}</text>`;

type Which = 'candidate' | 'baseline';

/** Draws one line. A poll without data breaks it. */
function series(points: readonly ChartPoint[], { x, y }: Scale, which: Which): Html {
  const path = points.flatMap((point, index) => {
    const value = point[which] ?? null;
    const joined = index > 0 && (points[index - 1]?.[which] ?? null) !== null;
    return value === null ? [] : [`${joined ? 'L' : 'M'}${x(point.seconds)} ${y(value)}`];
  });
  const dots = points.flatMap((point) => {
    const value = point[which] ?? null;
    return value === null
      ? []
      : [html`<circle class="${which === 'candidate' ? 'dot' : 'dot-baseline'}" cx="${x(point.seconds)}" cy="${y(value)}" r="2"/>`];
  });
  return html`<path class="${which}" d="${path.join(' ')}"/>${dots.length <= 40 && dots}`;
}

const key = (line: Which | 'limit', words: string) =>
  html`<li><svg viewBox="0 0 28 8" aria-hidden="true"><line class="${line}" x1="0" x2="28" y1="4" y2="4"/></svg>${words}</li>`;

function chartInWords({ points, unit, limit }: Chart): string {
  const say = (which: Which, name: string) => {
    const values = points.flatMap((point) => point[which] ?? []);
    if (values.length === 0) return '';
    const rounded = (value: number) => `${Number(value.toPrecision(3))} ${unit}`;
    return `${name} between ${rounded(Math.min(...values))} and ${rounded(Math.max(...values))}, last ${rounded(values.at(-1) as number)}. `;
  };
  const missing = points.filter(({ candidate }) => candidate === null).length;
  return `${points.length} polls. ${say('candidate', 'This fix:')}${say('baseline', 'The old version:')}${limit === null ? '' : `The limit is ${limit} ${unit}. `}${missing > 0 ? `${missing} of them had no data.` : ''}`.trim();
}
