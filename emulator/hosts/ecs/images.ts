import type { HostContext } from '../host.ts';
import { CodeFolders } from '../lambda/code.ts';
import type { TaskDefinition } from './types.ts';

/** The Docker label with the address of the zip that an image was made of. */
export const ARTIFACT_LABEL = 'sluice.artifact';

/** A registry of images by digest. An image of a zip has the zip's SHA-256, is pulled from S3 once, and is checked. */
export class Images {
  readonly #context: HostContext;
  readonly #folders: CodeFolders;
  readonly #pulled = new Map<string, Promise<string>>();

  constructor(context: HostContext) {
    this.#context = context;
    this.#folders = new CodeFolders(context.dataDir);
  }

  /** Returns the folder of a task's image, or throws CannotPullContainerError in the words of ECS. */
  folderOf(definition: TaskDefinition): Promise<string> {
    const { image } = definition.container;
    const known = this.#pulled.get(image) ?? this.#pull(definition);
    this.#pulled.set(image, known);
    known.catch(() => this.#pulled.delete(image));
    return known;
  }

  async #pull({ container: { image, dockerLabels }, executionRoleArn }: TaskDefinition): Promise<string> {
    const refuse = (why: string): never => {
      throw new Error(`CannotPullContainerError: pull image manifest ${image}: ${why}`);
    };
    const source = dockerLabels[ARTIFACT_LABEL];
    if (!source?.startsWith('s3://')) return refuse(`no label ${ARTIFACT_LABEL} says where the image is`);
    if (!executionRoleArn) return refuse('the task definition has no execution role');
    const path = source.slice('s3:/'.length);
    const reply = await this.#context.call(executionRoleArn, { service: 's3', method: 'GET', path });
    if (reply.status !== 200) return refuse(`${source} answered ${reply.status}`);
    const { codeSha256 } = this.#folders.putZip(Buffer.from(reply.body));
    const digest = `sha256:${Buffer.from(codeSha256, 'base64').toString('hex')}`;
    return image.endsWith(`@${digest}`) ? this.#folders.folderOf(codeSha256) : refuse(`${source} is ${digest}`);
  }
}
