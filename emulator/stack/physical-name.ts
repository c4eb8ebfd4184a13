const HASH_LENGTH = 8;

/** Names a resource that the template leaves unnamed: its logical id, shortened in the middle so that CDK's hash at the end stays. */
export function physicalName(logicalId: string, most: number): string {
  return logicalId.length <= most ? logicalId : logicalId.slice(0, most - HASH_LENGTH) + logicalId.slice(-HASH_LENGTH);
}
