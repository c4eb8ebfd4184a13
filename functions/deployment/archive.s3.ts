import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';

/** Puts archive objects. A repeated delivery writes the same bytes under the same name. */
export class S3Archive {
  readonly #s3: S3Client;
  readonly #bucket: string;

  constructor(s3: S3Client, bucket: string) {
    this.#s3 = s3;
    this.#bucket = bucket;
  }

  async put(key: string, text: string): Promise<void> {
    await this.#s3.send(new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: text, ContentType: 'application/x-ndjson' }));
  }
}
