interface Buildspec extends Record<string, unknown> {
  readonly version: '0.2';
  readonly phases: Readonly<Record<string, { readonly commands: readonly string[] }>>;
}

const run = (job: string, step: string) => ({ commands: [`node "$CODEBUILD_SRC_DIR/${job}.mjs" ${step}`] });

/** Makes the commit and the artefact; runs no code of the repository. */
export const makeFixBuildspec: Buildspec = { version: '0.2', phases: { build: run('make-fix', 'make') } };

/**
 * Tests the stored commit, each kind of check in a phase of its own: the build service's own record of the phases is the evidence, since what
 * a build says of itself could be said by the repository's code. That code runs in the last phase only, when nothing is left to tamper with.
 */
export const testFixBuildspec: Buildspec = {
  version: '0.2',
  phases: {
    install: run('test-fix', 'checkout'),
    pre_build: run('test-fix', 'scan'),
    build: run('test-fix', 'lint'),
    post_build: run('test-fix', 'tests'),
  },
};
