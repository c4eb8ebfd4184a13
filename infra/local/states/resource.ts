/** A Task's Resource, taken apart. */
export interface Resource {
  /** `lambda` for a plain function ARN, whose events have names of their own. */
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
const SYNC: Record<string, string> = { 'states:startExecution': 'sync:2', 'codebuild:startBuild': 'sync' };
const PLAIN = new Set([
  'lambda:invoke',
  'states:startExecution',
  'sqs:sendMessage',
  'events:putEvents',
  'dynamodb:getItem',
  'dynamodb:putItem',
  'dynamodb:updateItem',
  'dynamodb:deleteItem',
  'codebuild:startBuild',
]);
const WITH_TOKEN = new Set(['lambda:invoke', 'states:startExecution', 'sqs:sendMessage', 'events:putEvents']);

/** Reads a Resource; undefined when this runtime cannot call it. */
export function resourceOf(arn: string): Resource | undefined {
  if (FUNCTION.test(arn)) return { kind: 'function', arn, type: 'lambda', action: 'invoke', pattern: '', name: arn };
  const [, type = '', name = '', action = '', pattern = ''] = SERVICE.exec(arn) ?? [];
  const call = `${type}:${action}`;
  const known =
    pattern === ''
      ? PLAIN.has(call) || type === 'aws-sdk:sfn'
      : pattern === 'waitForTaskToken'
        ? WITH_TOKEN.has(call)
        : SYNC[call] === pattern || call + pattern === 'states:startExecutionsync';
  return known ? { kind: 'service', arn, type, action, pattern: pattern as Resource['pattern'], name } : undefined;
}
