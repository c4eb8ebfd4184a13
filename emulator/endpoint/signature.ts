/** The contents of a SigV4 credential scope: the access key and the service. */
export interface CredentialScope {
  readonly accessKeyId: string;
  readonly signingName: string;
}

const SCOPE = /^([^/]+)\/\d{8}\/[^/]+\/([^/]+)\/aws4_request$/;

/** Reads the credential scope from the Authorization header or a presigned query; never checks the signature itself. */
export function credentialScope(headers: Record<string, string>, query: URLSearchParams): CredentialScope | undefined {
  const signed = /Credential=([^,\s]+)/.exec(headers.authorization ?? '')?.[1] ?? query.get('X-Amz-Credential') ?? '';
  const [, accessKeyId, signingName] = SCOPE.exec(signed) ?? [];
  return accessKeyId && signingName ? { accessKeyId, signingName } : undefined;
}

/** Names the operation of the JSON and query protocols. It is empty for REST, where the host reads method and path. */
export function operationOf(headers: Record<string, string>, query: URLSearchParams, body: Buffer): string {
  const target = headers['x-amz-target'];
  if (target) return target.split('.').at(-1) ?? '';
  if (!headers['content-type']?.includes('x-www-form-urlencoded')) return query.get('Action') ?? '';
  return new URLSearchParams(body.toString('utf8')).get('Action') ?? '';
}
