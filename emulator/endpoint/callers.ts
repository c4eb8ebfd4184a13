import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Caller, Credentials } from '../hosts/host.ts';

/** The access key with which the CLI signs for its user (cli/connection.ts). */
const OPERATOR_KEY = 'operator';

/** Hands every role and service principal its own credentials, and recognizes it by them. */
export class Callers {
  readonly operatorArn: string;
  readonly #secret: Buffer;
  readonly #arnByKey = new Map<string, string>();

  constructor(dataDir: string, account: string) {
    this.operatorArn = `arn:aws:iam::${account}:user/operator`;
    this.#secret = durableSecret(dataDir);
    this.#arnByKey.set(OPERATOR_KEY, this.operatorArn);
    this.credentialsFor(this.operatorArn);
  }

  /** Returns the same credentials for the same ARN and data folder. No role can compute those of another. */
  credentialsFor(callerArn: string): Credentials {
    const accessKeyId = `ASIA${this.#derive('key', callerArn).toString('hex').slice(0, 16).toUpperCase()}`;
    this.#arnByKey.set(accessKeyId, callerArn);
    return {
      accessKeyId,
      secretAccessKey: this.#derive('secret', callerArn).toString('base64').slice(0, 40),
      sessionToken: this.#derive('token', callerArn).toString('base64url'),
    };
  }

  /** Names the holder of an access key, or undefined for a key that was never handed out. */
  callerOf(accessKeyId: string): Caller | undefined {
    const arn = this.#arnByKey.get(accessKeyId);
    return arn ? { arn } : undefined;
  }

  #derive(purpose: string, arn: string): Buffer {
    return createHmac('sha256', this.#secret).update(`${purpose}:${arn}`).digest();
  }
}

function durableSecret(dataDir: string): Buffer {
  const file = join(dataDir, 'callers.key');
  mkdirSync(dataDir, { recursive: true });
  if (!existsSync(file)) writeFileSync(file, randomBytes(32), { mode: 0o600 });
  return readFileSync(file);
}
