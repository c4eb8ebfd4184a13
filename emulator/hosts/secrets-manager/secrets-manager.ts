import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonBody, jsonReply } from '../../endpoint/json-protocol.ts';
import { ApiError, type Host, type HostContext } from '../host.ts';

interface SecretRequest {
  readonly Name?: string;
  readonly SecretId?: string;
  readonly SecretString?: string;
}

/** Hosts secrets that an operator creates: one file each, which only this user can read. */
export function hostSecretsManager({ dataDir, region, account }: HostContext): Host {
  const fileOf = (name: string) => join(dataDir, `${createHash('sha256').update(name).digest('hex')}.json`);
  const identify = (Name: string) => ({ ARN: `arn:aws:secretsmanager:${region}:${account}:secret:${Name}-local0`, Name });
  const write = (Name: string, SecretString = '') => {
    writeFileSync(`${fileOf(Name)}.new`, JSON.stringify({ SecretString }), { mode: 0o600 });
    renameSync(`${fileOf(Name)}.new`, fileOf(Name));
    return identify(Name);
  };
  const existing = (id = '') => {
    const name = /:secret:(.+)-[A-Za-z0-9]{6}$/.exec(id)?.[1] ?? id;
    if (!existsSync(fileOf(name))) throw new ApiError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    return name;
  };
  const operations: Record<string, (body: SecretRequest) => unknown> = {
    CreateSecret({ Name = '', SecretString }) {
      if (existsSync(fileOf(Name)))
        throw new ApiError('ResourceExistsException', `The operation failed because the secret ${Name} already exists.`);
      return write(Name, SecretString);
    },
    PutSecretValue: ({ SecretId, SecretString }) => write(existing(SecretId), SecretString),
    GetSecretValue: ({ SecretId }) => ({
      ...identify(existing(SecretId)),
      ...JSON.parse(readFileSync(fileOf(existing(SecretId)), 'utf8')),
      VersionStages: ['AWSCURRENT'],
    }),
  };
  return {
    signingNames: ['secretsmanager'],
    resources: {},
    async handle(call) {
      const operation = Object.hasOwn(operations, call.operation) ? operations[call.operation] : undefined;
      if (!operation) throw new ApiError('UnknownOperationException', `Secrets Manager ${call.operation} is not supported locally`);
      return jsonReply(operation(jsonBody(call)));
    },
    start: async () => undefined,
    stop: async () => undefined,
  };
}
