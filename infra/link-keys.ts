import { RemovalPolicy } from 'aws-cdk-lib';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

/** The HMAC keys of links, newest first: rotating is a new name before the others, and dropping one that no living link is signed with. */
export class LinkKeys extends Construct {
  readonly signing: Key;
  readonly arns: string[];
  /** As functions are told them: the first signs, all verify, no other key does. */
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
