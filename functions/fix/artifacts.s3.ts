import { createHash } from 'node:crypto';
import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Artifacts, StoredArtifact } from './artifacts.port.ts';

/** Keeps briefs and reads what builds stored, in one bucket. */
export class S3Artifacts implements Artifacts {
  readonly #s3: S3Client;
  readonly #bucket: string;

  constructor(s3: S3Client, bucket: string) {
    this.#s3 = s3;
    this.#bucket = bucket;
  }

  async putBrief(deploymentId: string, brief: unknown): Promise<string> {
    const key = `deployments/${deploymentId}/brief.json`;
    await this.#s3.send(
      new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: JSON.stringify(brief), ContentType: 'application/json' }),
    );
    return key;
  }

  async readText(key: string): Promise<string | undefined> {
    const stored = await this.#get(key);
    return stored && Buffer.from(stored.bytes).toString('utf8');
  }

  async measure(key: string): Promise<StoredArtifact | undefined> {
    const stored = await this.#get(key);
    return stored && { key, versionId: stored.versionId, digest: createHash('sha256').update(stored.bytes).digest('base64') };
  }

  async #get(key: string) {
    try {
      const object = await this.#s3.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }));
      return { bytes: (await object.Body?.transformToByteArray()) ?? new Uint8Array(), versionId: object.VersionId };
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  }
}
