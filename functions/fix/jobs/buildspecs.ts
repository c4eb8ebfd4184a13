import type { FixCheckName } from './checks.ts';

interface Buildspec extends Record<string, unknown> {
  readonly version: '0.2';
  readonly phases: Readonly<
    Record<string, { readonly commands?: readonly string[]; readonly 'runtime-versions'?: { readonly nodejs: string } }>
  >;
}

/** The same Node version as the functions (nodejs24.x). */
const node = { 'runtime-versions': { nodejs: '24' } };
const run = (job: string, step: string) => `node "$CODEBUILD_SRC_DIR/${job}.mjs" ${step}`;
const check = (name: FixCheckName) => run('test-fix', name);

/** Makes the commit and the artifact. It runs no code of the repository, so Sluice made all that it stores. */
export const makeFixBuildspec: Buildspec = { version: '0.2', phases: { install: node, build: { commands: [run('make-fix', 'make')] } } };

/**
 * Tests the stored commit; the evidence is the build service's record of phases, not a build's output.
 * Both scans end before the linter and the tests, which run code of the repository.
 */
export const testFixBuildspec: Buildspec = {
  version: '0.2',
  phases: {
    install: { ...node, commands: [run('test-fix', 'checkout')] },
    pre_build: { commands: [check('credential-scan'), check('phi-scan')] },
    build: { commands: [check('code-quality')] },
    // POST_BUILD also follows a failed BUILD, so a finding of the linter does not hide the tests.
    post_build: { commands: [check('tests')] },
  },
};
