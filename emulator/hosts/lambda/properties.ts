import * as z from 'zod';
import { ApiError } from '../host.ts';
import type { FunctionConfiguration } from './types.ts';

const RUNTIMES = ['nodejs20.x', 'nodejs22.x', 'nodejs24.x'];
const data = z.unknown().optional();

const shared = {
  FunctionName: z.string().optional(),
  Description: z.string().default(''),
  Handler: z.string(),
  Runtime: z.string(),
  Role: z.string(),
  Timeout: z.coerce.number().int().min(1).max(900).default(3),
  MemorySize: z.coerce.number().int().min(128).max(10_240).default(128),
  Architectures: z.array(z.string()).default(['x86_64']),
  Environment: z.object({ Variables: z.record(z.string(), z.coerce.string()).default({}) }).default({ Variables: {} }),
  DeadLetterConfig: z.object({ TargetArn: z.string().optional() }).optional(),
  PackageType: z.literal('Zip').optional(),
  Tags: data,
  TracingConfig: data,
  LoggingConfig: data,
  EphemeralStorage: data,
  KmsKeyArn: data,
};

const code = {
  ZipFile: z.string().optional(),
  S3Bucket: z.string().optional(),
  S3Key: z.string().optional(),
  S3ObjectVersion: z.string().optional(),
};

/** The properties of `AWS::Lambda::Function` that work locally. A layer or a VPC is refused by name. */
export const FunctionProperties = z.strictObject({
  ...shared,
  Code: z.strictObject({ ...code, SourceKMSKeyArn: data }),
  ReservedConcurrentExecutions: z.coerce.number().int().min(0).optional(),
  RecursiveLoop: data,
  RuntimeManagementConfig: data,
});

/** What CreateFunction takes. */
export const CreateFunctionRequest = z.strictObject({
  ...shared,
  FunctionName: z.string(),
  Code: z.strictObject(code),
  Publish: z.boolean().default(false),
});

type Shared = Omit<z.infer<typeof CreateFunctionRequest>, 'Code' | 'Publish' | 'FunctionName'>;

/** Picks the properties that decide how a function's processes run. */
export function configurationOf(properties: Shared & { ReservedConcurrentExecutions?: number }): FunctionConfiguration {
  const { Handler, Runtime, Role, Timeout, MemorySize, Architectures, Environment, DeadLetterConfig } = properties;
  if (!RUNTIMES.includes(Runtime)) throw new ApiError('InvalidParameterValueException', `The runtime ${Runtime} is not supported locally`);
  return {
    Handler,
    Runtime,
    Role,
    Timeout,
    MemorySize,
    Architectures,
    Environment: Environment.Variables,
    ...(DeadLetterConfig?.TargetArn && { DeadLetterArn: DeadLetterConfig.TargetArn }),
    ...(properties.ReservedConcurrentExecutions !== undefined && { ReservedConcurrency: properties.ReservedConcurrentExecutions }),
  };
}
