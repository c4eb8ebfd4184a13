import * as z from 'zod';

const strings = z.array(z.string());

const Phase = z.strictObject({
  commands: strings.default([]),
  finally: strings.default([]),
  'on-failure': z.enum(['ABORT', 'CONTINUE']).optional(),
  'runtime-versions': z.unknown().optional(),
});

const Buildspec = z.strictObject({
  version: z.union([z.literal('0.2'), z.literal(0.2)]),
  env: z
    .strictObject({
      variables: z.record(z.string(), z.coerce.string()).default({}),
      'exported-variables': strings.default([]),
      shell: z.literal('bash').optional(),
    })
    .default({ variables: {}, 'exported-variables': [] }),
  phases: z.strictObject({
    install: Phase.optional(),
    pre_build: Phase.optional(),
    build: Phase.optional(),
    post_build: Phase.optional(),
  }),
});

export type Buildspec = z.infer<typeof Buildspec>;
export type PhaseSpec = z.infer<typeof Phase>;

/** The phases that a buildspec may have commands for, in the order they run. */
export const PHASES = ['install', 'pre_build', 'build', 'post_build'] as const;
export type PhaseName = (typeof PHASES)[number];

/**
 * Reads a buildspec as CDK's `BuildSpec.fromObject` writes it. YAML, artifacts, caches and secrets are refused by
 * name.
 */
export function readBuildspec(project: string, text: string): Buildspec {
  if (!text.trimStart().startsWith('{'))
    throw new Error(`${project}: a buildspec must be JSON locally, YAML and files of the source are not read`);
  const parsed = Buildspec.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new Error(`${project}: buildspec: ${z.prettifyError(parsed.error)}`);
}
