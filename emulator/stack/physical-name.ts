const HASH_LENGTH = 8;

/**
 * Names a resource that has no name in the template: its logical id, shortened in the middle to keep CDK's hash at the
 * end.
 */
export function physicalName(logicalId: string, most: number): string {
  return logicalId.length <= most ? logicalId : logicalId.slice(0, most - HASH_LENGTH) + logicalId.slice(-HASH_LENGTH);
}
