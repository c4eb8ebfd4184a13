import type { FixCheckName } from './checks.ts';

interface Buildspec extends Record<string, unknown> {
  readonly version: '0.2';
  readonly phases: Readonly<
    Record<string, { readonly commands?: readonly string[]; readonly 'runtime-versions'?: { readonly nodejs: string } }>
  >;
}

/** What the function itself runs on (nodejs24.x). */
const node = { 'runtime-versions': { nodejs: '24' } };
const run = (job: string, step: string) => `node "$CODEBUILD_SRC_DIR/${job}.mjs" ${step}`;
const check = (name: FixCheckName) => run('test-fix', name);

/** Makes the commit and the artefact; runs no code of the repository, so what it stores is what Sluice made. */
export const makeFixBuildspec: Buildspec = { version: '0.2', phases: { install: node, build: { commands: [run('make-fix', 'make')] } } };

/**
 * Tests the stored commit. The build service's own record of phases, failed commands and exit statuses is the evidence, since what a build says
 * of itself could be said by the repository's code: so both scans end before the first command that runs that code, which the linter's script is
 * as much as the tests. POST_BUILD follows a failed BUILD, so that a finding of the linter does not hide the tests.
 */
export const testFixBuildspec: Buildspec = {
  version: '0.2',
  phases: {
    install: { ...node, commands: [run('test-fix', 'checkout')] },
    pre_build: { commands: [check('credential-scan'), check('phi-scan')] },
    build: { commands: [check('code-quality')] },
    post_build: { commands: [check('tests')] },
  },
};
