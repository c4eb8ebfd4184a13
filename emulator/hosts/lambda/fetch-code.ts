import { ApiError } from '../host.ts';
import type { Code } from './code.ts';
import type { LambdaService } from './service.ts';

/** Where a caller says that the code is. */
export interface CodeSource {
  readonly ZipFile?: string;
  readonly S3Bucket?: string;
  readonly S3Key?: string;
  readonly S3ObjectVersion?: string;
}

/** Takes the code out of the request, or reads it from S3 with the rights of the caller. */
export async function fetchCode({ code, context }: LambdaService, source: CodeSource, callerArn: string): Promise<Code> {
  if (source.ZipFile !== undefined) return code.putZip(Buffer.from(source.ZipFile, 'base64'));
  const { S3Bucket, S3Key, S3ObjectVersion } = source;
  if (!S3Bucket || !S3Key) throw new ApiError('InvalidParameterValueException', 'Please provide a source for function code.');
  const key = S3Key.split('/').map(encodeURIComponent).join('/');
  const version = S3ObjectVersion ? `?versionId=${encodeURIComponent(S3ObjectVersion)}` : '';
  const reply = await context.call(callerArn, { service: 's3', method: 'GET', path: `/${S3Bucket}/${key}${version}` });
  if (reply.status === 200) return code.putZip(Buffer.from(reply.body));
  const [, name = 'Unknown'] = /<Code>([^<]*)</.exec(String(reply.body)) ?? [];
  const [, message = ''] = /<Message>([^<]*)</.exec(String(reply.body)) ?? [];
  if (reply.status === 403) throw new ApiError('AccessDeniedException', `Your access has been denied by S3: ${message}`, 403);
  const refusal = `Error occurred while GetObject. S3 Error Code: ${name}. S3 Error Message: ${message}`;
  throw new ApiError('InvalidParameterValueException', refusal);
}
