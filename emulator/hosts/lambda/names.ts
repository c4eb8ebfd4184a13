import { ApiError, type HostContext } from '../host.ts';

/** A function as a caller names it: by name, partial ARN or ARN, with or without a version or alias. */
export interface FunctionName {
  readonly name: string;
  readonly qualifier: string | undefined;
}

/** Reads any of the three ways to name a function; a qualifier of its own must agree with one in the name. */
export function parseName(text: string, qualifier?: string): FunctionName {
  const parts = text.split(':');
  const rest = parts.includes('function') ? parts.slice(parts.indexOf('function') + 1) : parts;
  const [name = '', named] = rest;
  if (named && qualifier && named !== qualifier) {
    throw new ApiError(
      'InvalidParameterValueException',
      'The derived qualifier from the function name does not match the specified qualifier.',
    );
  }
  return { name, qualifier: qualifier ?? named };
}

/** Makes the ARN of a function, a version or an alias. */
export const functionArn = ({ region, account }: HostContext, name: string, qualifier?: string): string =>
  `arn:aws:lambda:${region}:${account}:function:${name}${qualifier ? `:${qualifier}` : ''}`;

export const notFound = (arn: string): ApiError => new ApiError('ResourceNotFoundException', `Function not found: ${arn}`, 404);
