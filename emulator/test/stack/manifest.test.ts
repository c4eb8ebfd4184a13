import { join } from 'node:path';
import { App, Stack, Stage } from 'aws-cdk-lib';
import { expect, it } from 'vitest';
import { stacksIn } from '../../stack/manifest.ts';
import { freshFolder } from '../assembly.ts';

it('lists the stacks of an app and of its stages, under the names that CDK prints', () => {
  const outdir = freshFolder();
  const app = new App({ outdir, analyticsReporting: false });
  new Stack(app, 'Alone', { stackName: 'alone-in-aws' });
  new Stack(new Stage(app, 'Beta'), 'Inner');
  app.synth();

  const stacks = stacksIn(outdir).sort((a, b) => a.name.localeCompare(b.name));

  expect(stacks).toEqual([
    { name: 'Alone', stackName: 'alone-in-aws', folder: outdir, id: 'Alone' },
    { name: 'Beta/Inner', stackName: 'Beta-Inner', folder: join(outdir, 'assembly-Beta'), id: expect.stringMatching(/^BetaInner/) },
  ]);
});
