import { RemovalPolicy } from 'aws-cdk-lib';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

/** The HMAC keys of links, newest first. docs/link-keys.md says how to rotate them. */
export class LinkKeys extends Construct {
  readonly signing: Key;
  readonly arns: string[];
  /** The key ids for the functions' variable. The first key signs, and only these keys verify. */
  readonly ids: string;

  constructor(scope: Construct, id: string, names: readonly string[]) {
    super(scope, id);
    const keys = names.map(
      (name) =>
        new Key(this, `Key${name}`, {
          keySpec: KeySpec.HMAC_256,
          keyUsage: KeyUsage.GENERATE_VERIFY_MAC,
          removalPolicy: RemovalPolicy.RETAIN,
        }),
    );
    this.signing = keys[0] as Key;
    this.arns = keys.map(({ keyArn }) => keyArn);
    this.ids = keys.map(({ keyId }) => keyId).join(',');
  }
}
