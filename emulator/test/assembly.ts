import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../clock/clock.ts';
import { type Runtime, startRuntime } from '../runtime/runtime.ts';
import { permitted } from './permitted.ts';

export { type HostedTables, hostTables, type TableResource } from './tables.ts';

/** Makes an empty folder that is the test's own. */
export const freshFolder = (): string => mkdtempSync(join(tmpdir(), 'local-'));

/** Writes a pseudo parameter as Fn::Sub wants it. */
export const pseudo = (name: string): string => `\${AWS::${name}}`;

/** Writes a template by hand as CDK would write it. */
export function cloudAssembly(template: object, files: Record<string, string> = {}): string {
  const folder = freshFolder();
  const assets = Object.entries(files).map(([name, content]) => {
    writeFileSync(join(folder, name), content);
    const bucketName = `cdk-hnb659fds-assets-${pseudo('AccountId')}-${pseudo('Region')}`;
    return [name, { source: { path: name, packaging: 'file' }, destinations: { here: { bucketName, objectKey: name } } }];
  });
  writeFileSync(join(folder, 'Sluice.template.json'), JSON.stringify(template));
  writeFileSync(join(folder, 'Sluice.assets.json'), JSON.stringify({ files: Object.fromEntries(assets) }));
  return folder;
}

/** Starts a hand-written template. Its roles may do everything unless it gives them policies. */
export function startTemplate(
  template: object,
  clock: Clock,
  dataDir = freshFolder(),
  files: Record<string, string> = {},
): Promise<Runtime> {
  return startRuntime({
    cloudAssembly: cloudAssembly(permitted(template), files),
    stackName: 'Sluice',
    dataDir,
    clock,
    log: () => undefined,
  });
}
