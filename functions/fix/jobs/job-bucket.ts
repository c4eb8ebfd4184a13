import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { issueSchema } from '#deployment/issue';

const environment = z.object({ DEPLOYMENT_ID: z.string(), BUCKET: z.string(), BRIEF_KEY: z.string() });

export const briefSchema = z.strictObject({
  deploymentId: z.string(),
  repositoryUrl: z.string(),
  /** The name of the secret. Only the job that makes a fix may read it. */
  repositoryTokenSecret: z.string().optional(),
  /** The commit that production serves; if it is unknown, the head of the default branch. */
  baseCommit: z.string().optional(),
  issue: issueSchema,
});
export type Brief = z.infer<typeof briefSchema>;

/** The job's folder in the artifacts bucket: `deployments/<id>/`. */
export interface JobBucket {
  brief(): Promise<Brief>;
  get(name: string): Promise<Buffer>;
  put(name: string, body: string | Uint8Array): Promise<void>;
}

/** The folder that the build's environment names. */
export class S3JobBucket implements JobBucket {
  readonly #s3 = new S3Client();
  readonly #environment = environment.parse(process.env);

  async brief(): Promise<Brief> {
    return briefSchema.parse(JSON.parse((await this.#get(this.#environment.BRIEF_KEY)).toString('utf8')));
  }

  get(name: string): Promise<Buffer> {
    return this.#get(this.#key(name));
  }

  async put(name: string, body: string | Uint8Array): Promise<void> {
    await this.#s3.send(new PutObjectCommand({ Bucket: this.#environment.BUCKET, Key: this.#key(name), Body: body }));
  }

  async #get(key: string): Promise<Buffer> {
    const object = await this.#s3.send(new GetObjectCommand({ Bucket: this.#environment.BUCKET, Key: key }));
    return Buffer.from((await object.Body?.transformToByteArray()) ?? []);
  }

  #key = (name: string) => `deployments/${this.#environment.DEPLOYMENT_ID}/${name}`;
}
