import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Layers, reduced } from '../../docs/picture/graph.ts';
import { pictures, roomsPicture, withFlowcharts } from '../../docs/picture.ts';

describe('the generated pictures', () => {
  it('are up to date; `npm run picture` draws them again', () => {
    for (const [file, content] of Object.entries(pictures()))
      expect(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')).toBe(content);
  });
});

describe('the picture of the rooms', () => {
  const layers: Layers = [{ low: '' }, { middle: '' }, { high: '', handlers: '' }];

  it('leaves out an import that follows from two others', () => {
    const chain = [
      { from: 'high', to: 'middle' },
      { from: 'middle', to: 'low' },
    ];

    expect(reduced([...chain, { from: 'high', to: 'low' }])).toEqual(chain);
  });

  it('is refused if a room imports a higher one', () => {
    expect(() => roomsPicture(layers, [{ from: 'low', to: 'high' }])).toThrow('functions/low imports functions/high');
  });

  it('is refused if a room imports another of its own layer', () => {
    expect(() => roomsPicture(layers, [{ from: 'high', to: 'handlers' }])).toThrow('not below it');
  });

  it('is refused if a folder is in no layer', () => {
    expect(() => roomsPicture(layers, [{ from: 'attic', to: 'low' }])).toThrow('functions/attic is in no layer');
  });

  it('draws one box for each room and each machine', () => {
    const svg = roomsPicture(layers, [{ from: 'high', to: 'low' }]);

    expect(svg.match(/<rect class="(room|machine)"/g)).toHaveLength(4 + 4);
  });
});

describe('the pictures of the machines', () => {
  it('need their marks in the page', () => {
    expect(() => withFlowcharts('# State machines\n')).toThrow('no marks for deployment');
  });
});
