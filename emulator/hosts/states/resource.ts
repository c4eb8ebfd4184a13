export interface Resource {
  /** `lambda` for a plain function ARN, because its events have names of their own. */
  readonly kind: 'function' | 'service';
  readonly arn: string;
  /** `lambda`, `states`, `aws-sdk:sfn` … as events name it. */
  readonly type: string;
  readonly action: string;
  readonly pattern: '' | 'sync' | 'sync:2' | 'waitForTaskToken';
  /** The last part of the ARN, as events name it: `invoke.waitForTaskToken`. */
  readonly name: string;
}

const FUNCTION = /^arn:[\w-]+:lambda:[\w-]*:\d*:function:[\w-]+(:[\w$-]+)?$/;
const SERVICE = /^arn:[\w-]+:states:[\w-]*:\d*:((?:aws-sdk:)?\w+):((\w+)(?:\.(sync|sync:2|waitForTaskToken))?)$/;
/** The calls of each service, and their patterns. `''` waits for the reply to the call alone. */
export const CALLS: Record<string, string[]> = {
  'lambda:invoke': ['', 'waitForTaskToken'],
  'states:startExecution': ['', 'sync', 'sync:2', 'waitForTaskToken'],
  'codebuild:startBuild': ['', 'sync'],
  'sqs:sendMessage': ['', 'waitForTaskToken'],
  'events:putEvents': ['', 'waitForTaskToken'],
  ...Object.fromEntries(['get', 'put', 'update', 'delete'].map((verb) => [`dynamodb:${verb}Item`, ['']])),
};
const SDK = /^((create|delete|describe|list)StateMachines?|(start|stop|redrive|describe|list)Executions?|getExecutionHistory|sendTask\w+)$/;

export function resourceOf(arn: string): Resource | undefined {
  if (FUNCTION.test(arn)) return { kind: 'function', arn, type: 'lambda', action: 'invoke', pattern: '', name: arn };
  const [, type = '', name = '', action = '', pattern = ''] = SERVICE.exec(arn) ?? [];
  const known = type === 'aws-sdk:sfn' ? pattern === '' && SDK.test(action) : CALLS[`${type}:${action}`]?.includes(pattern);
  return known ? { kind: 'service', arn, type, action, pattern: pattern as Resource['pattern'], name } : undefined;
}
