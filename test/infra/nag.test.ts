import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterAll, describe, expect, it } from 'vitest';
import { reasonsOf } from '../../infra/acknowledgements.ts';
import { checked, openApp, stackIn } from '../../infra/app.ts';
import type { SluiceStack } from '../../infra/stack.ts';
import { assembly } from './template.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function freshStack(): { app: App; stack: SluiceStack } {
  const outdir = mkdtempSync(join(tmpdir(), 'sluice-nag-'));
  folders.push(outdir);
  const app = openApp(outdir);
  return { app, stack: stackIn(app, (name) => join(assembly(), 'bundles', name)) };
}

interface Report {
  readonly pluginReports: { violations: { ruleName: string }[] }[];
}
const findingsIn = (app: App) =>
  (JSON.parse(readFileSync(join(app.outdir, 'validation-report.json'), 'utf8')) as Report).pluginReports.flatMap(({ violations }) =>
    violations.map(({ ruleName }) => ruleName),
  );

describe('cdk-nag AwsSolutions', () => {
  it('finds only what is acknowledged with a reason', () => {
    const { app, stack } = freshStack();

    checked(app, stack).synth();

    expect(findingsIn(app)).toEqual([]);
  });

  it('still finds everything that is acknowledged', () => {
    const { app, stack } = freshStack();
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));

    expect(() => app.synth()).toThrow(/Acknowledge with/);

    expect([...new Set(findingsIn(app))].sort()).toEqual(Object.keys(reasonsOf(stack, stack.acknowledged)).sort());
  });
});
