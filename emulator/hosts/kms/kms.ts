import { createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonBody, jsonReply } from '../../endpoint/json-protocol.ts';
import { ApiError, type Host, type HostContext } from '../host.ts';

interface Key {
  readonly id: string;
  readonly arn: string;
  readonly spec: string;
  readonly usage: string;
  readonly enabled: boolean;
  readonly description: string;
  readonly material: Buffer;
}

const HMAC_BYTES: Record<string, number> = { HMAC_224: 28, HMAC_256: 32, HMAC_384: 48, HMAC_512: 64 };
const SPECS = ['SYMMETRIC_DEFAULT', ...Object.keys(HMAC_BYTES)];
const LONGEST_MESSAGE = 4096;

/** Hosts `AWS::KMS::Key` and `AWS::KMS::Alias`: HMAC keys sign and verify; symmetric keys exist and encrypt nothing. */
export function hostKms(context: HostContext): Host {
  const keys = new Map<string, Key>();
  const operations = operationsOn((id) => find(keys, id));
  return {
    signingNames: ['kms'],
    resources: {
      'AWS::KMS::Key': async ({ logicalId, properties }) => {
        const key = keyOf(context, logicalId, properties ?? {});
        for (const name of [key.id, key.arn]) keys.set(name, key);
        return { ref: key.id, attributes: { Arn: key.arn, KeyId: key.id } };
      },
      'AWS::KMS::Alias': async ({ properties: { AliasName, TargetKeyId } }) => {
        const arn = `arn:aws:kms:${context.region}:${context.account}:${AliasName}`;
        for (const name of [AliasName, arn]) keys.set(name, find(keys, TargetKeyId));
        return { ref: AliasName, attributes: { AliasArn: arn } };
      },
    },
    async handle(call) {
      const operation = operations[call.operation];
      if (!operation) throw new ApiError('UnknownOperationException', `KMS ${call.operation} is not supported locally`);
      return jsonReply(operation(jsonBody(call)));
    },
    start: async () => undefined,
    stop: async () => undefined,
  };
}

interface MacRequest {
  readonly KeyId: string;
  readonly MacAlgorithm: string;
  readonly Message: string;
  readonly Mac?: string;
}

function operationsOn(keyCalled: (id: string) => Key): Record<string, (body: MacRequest) => unknown> {
  return {
    GenerateMac: (body) => ({ Mac: mac(keyCalled(body.KeyId), body).toString('base64'), ...echo(keyCalled(body.KeyId), body) }),
    VerifyMac: (body) => {
      const expected = mac(keyCalled(body.KeyId), body);
      const given = Buffer.from(body.Mac ?? '', 'base64');
      const valid = expected.length === given.length && timingSafeEqual(expected, given);
      if (!valid) throw new ApiError('KMSInvalidMacException', 'The HMAC does not match the message, the key and the algorithm.');
      return { MacValid: true, ...echo(keyCalled(body.KeyId), body) };
    },
    DescribeKey: ({ KeyId }) => ({ KeyMetadata: metadataOf(keyCalled(KeyId)) }),
  };
}

const echo = (key: Key, { MacAlgorithm }: MacRequest) => ({ KeyId: key.arn, MacAlgorithm });

function mac(key: Key, { MacAlgorithm, Message }: MacRequest): Buffer {
  const message = Buffer.from(Message ?? '', 'base64');
  if (!HMAC_BYTES[key.spec])
    throw new ApiError('InvalidKeyUsageException', `${key.arn} key usage is ${key.usage} which is not valid for MACs.`);
  if (MacAlgorithm !== algorithmOf(key))
    throw new ApiError('InvalidKeyUsageException', `Algorithm ${MacAlgorithm} is incompatible with ${key.spec}.`);
  if (message.length < 1 || message.length > LONGEST_MESSAGE)
    throw new ApiError('ValidationException', 'Message must have 1 to 4096 bytes');
  if (!key.enabled) throw new ApiError('DisabledException', `${key.arn} is disabled.`);
  return createHmac(`sha${key.spec.slice(-3)}`, key.material)
    .update(message)
    .digest();
}

const algorithmOf = (key: Key) => key.spec.replace('HMAC_', 'HMAC_SHA_');

const metadataOf = (key: Key) => ({
  KeyId: key.id,
  Arn: key.arn,
  Description: key.description,
  Enabled: key.enabled,
  KeyState: key.enabled ? 'Enabled' : 'Disabled',
  KeySpec: key.spec,
  KeyUsage: key.usage,
  KeyManager: 'CUSTOMER',
  Origin: 'AWS_KMS',
  ...(HMAC_BYTES[key.spec] && { MacAlgorithms: [algorithmOf(key)] }),
});

function find(keys: Map<string, Key>, id: string): Key {
  const key = keys.get(id);
  if (!key) throw new ApiError('NotFoundException', `Key '${id}' does not exist`);
  return key;
}

// biome-ignore lint/suspicious/noExplicitAny: CloudFormation properties have no static type
function keyOf({ dataDir, region, account }: HostContext, logicalId: string, properties: any): Key {
  const { KeySpec = 'SYMMETRIC_DEFAULT', KeyUsage = 'ENCRYPT_DECRYPT', Enabled = true, Description = '' } = properties;
  if (!SPECS.includes(KeySpec)) throw new Error(`the key spec ${KeySpec} is not supported locally`);
  const { id, material } = durableKey(dataDir, `${logicalId}.${KeySpec}.json`, HMAC_BYTES[KeySpec] ?? 32);
  const arn = `arn:aws:kms:${region}:${account}:key/${id}`;
  return { id, arn, spec: KeySpec, usage: KeyUsage, enabled: Enabled, description: Description, material: Buffer.from(material, 'base64') };
}

function durableKey(folder: string, name: string, bytes: number): { id: string; material: string } {
  const file = join(folder, name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!existsSync(file)) {
    const key = { id: randomUUID(), material: randomBytes(bytes).toString('base64') };
    writeFileSync(`${file}.new`, JSON.stringify(key), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
  return JSON.parse(readFileSync(file, 'utf8'));
}
