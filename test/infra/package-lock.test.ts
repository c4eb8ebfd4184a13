import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isSuitable } from '../../cli/launcher/suitable-node.mjs';

interface Locked {
  readonly inBundle?: boolean;
  readonly engines?: { readonly node: string };
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
const { packages } = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')) as {
  packages: Record<string, Locked>;
};
const ownNode = Object.keys(packages).filter((path) => /^node_modules\/node-(linux|win)-/.test(path));

describe('package-lock.json', () => {
  it('installs the packaged Node only on hosts with an older one; write this "engines" into these entries by hand', () => {
    expect(ownNode).toHaveLength(3);
    expect(ownNode.map((path) => [path, packages[path]?.engines])).toEqual(ownNode.map((path) => [path, { node: '<22.18 || >=23 <23.6' }]));
    expect(['22.17.9', '22.18.0', '23.5.0', '23.6.0'].map(isSuitable)).toEqual([false, true, false, true]);
  });

  it('names the packages of each platform, not only of the one that wrote it', () => {
    const missing = Object.entries(packages).flatMap(([path, { inBundle, optionalDependencies = {} }]) =>
      Object.keys(inBundle ? {} : optionalDependencies).filter(
        (name) => !packages[`${path}/node_modules/${name}`] && !packages[`node_modules/${name}`],
      ),
    );

    expect(missing).toEqual([]);
  });
});
