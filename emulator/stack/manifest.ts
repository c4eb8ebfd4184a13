import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

/** One stack of a cloud assembly, under the names that CDK and CloudFormation give it. */
export interface AssemblyStack {
  /** The name that `cdk ls` prints. */
  readonly name: string;
  readonly stackName: string;
  readonly folder: string;
  /** The template's file is `ID.template.json`, the assets' file `ID.assets.json`. */
  readonly id: string;
}

const STACK = 'aws:cloudformation:stack';
const STAGE = 'cdk:cloud-assembly';
const TEMPLATE = '.template.json';

const manifestSchema = z.object({
  artifacts: z
    .record(
      z.string(),
      z.object({
        type: z.string(),
        displayName: z.string().optional(),
        properties: z
          .object({ templateFile: z.string().optional(), stackName: z.string().optional(), directoryName: z.string().optional() })
          .optional(),
      }),
    )
    .default({}),
});

/** Lists the stacks of a folder that `cdk synth` wrote, those of its stages too. */
export function stacksIn(folder: string): AssemblyStack[] {
  if (!existsSync(folder)) throw new Error(`${folder}: no such folder. \`cdk synth\` writes one, usually cdk.out`);
  const file = join(folder, 'manifest.json');
  if (!existsSync(file)) throw new Error(`${folder}: has no manifest.json. Name the folder that \`cdk synth\` wrote, usually cdk.out`);
  return Object.entries(artifactsIn(file)).flatMap(([id, { type, displayName, properties = {} }]) => {
    const { templateFile = `${id}${TEMPLATE}`, stackName = id, directoryName = '' } = properties;
    if (type === STAGE) return stacksIn(join(folder, directoryName));
    if (type !== STACK) return [];
    return [{ name: displayName ?? stackName, stackName, folder, id: templateFile.replace(TEMPLATE, '') }];
  });
}

function artifactsIn(file: string) {
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).artifacts;
  } catch (error) {
    throw new Error(`${file}: is not the manifest of a cloud assembly`, { cause: error });
  }
}
