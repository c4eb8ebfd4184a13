import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Template } from './template.ts';

/** A file or folder that the deployment would upload. */
export interface Asset {
  readonly path: string;
  readonly packaging: 'file' | 'zip';
  readonly bucket: string;
  readonly objectKey: string;
}

interface AssetManifest {
  readonly files?: Record<
    string,
    { source: { path: string; packaging: 'file' | 'zip' }; destinations: Record<string, { bucketName: string; objectKey: string }> }
  >;
}

/** Reads one stack of a CDK cloud assembly: its template, and its assets by object key. */
export function readAssembly(
  folder: string,
  stackName: string,
  account: string,
  region: string,
): { template: Template; assets: Map<string, Asset> } {
  const template: Template = JSON.parse(readFileSync(join(folder, `${stackName}.template.json`), 'utf8'));
  const manifestFile = join(folder, `${stackName}.assets.json`);
  const manifest: AssetManifest = existsSync(manifestFile) ? JSON.parse(readFileSync(manifestFile, 'utf8')) : {};
  const place = (name: string) => name.replace(/\$\{AWS::AccountId\}/g, account).replace(/\$\{AWS::Region\}/g, region);
  const assets = Object.values(manifest.files ?? {}).flatMap(({ source, destinations }) =>
    Object.values(destinations).map(
      ({ bucketName, objectKey }) =>
        [objectKey, { path: join(folder, source.path), packaging: source.packaging, bucket: place(bucketName), objectKey }] as const,
    ),
  );
  return { template, assets: new Map(assets) };
}
