import type { Exercise } from '../../infra/local/authorization/authorization.ts';
import type { Policies } from '../../infra/local/iam/statements.ts';

/** An action that a role has. */
interface Grant {
  readonly role: string;
  readonly action: string;
}

/** Why an action is granted although no local run can use it. */
const EXPLAINED: readonly (readonly [pattern: RegExp, because: string])[] = [
  [/^logs:(CreateLogStream|PutLogEvents)$/, 'the service writes the log; there is no local log service to call'],
  [/^xray:/, 'the service writes the traces; there is no local tracing to call'],
];

/** Lists granted actions that nothing has exercised, apart by whether there is a reason. */
export function unused(
  { identity }: Pick<Policies, 'identity'>,
  exercised: readonly Exercise[],
): { unexplained: Grant[]; explained: (Grant & { because: string })[] } {
  const used = new Set(exercised.map(({ caller, need }) => `${caller} ${need.action}`));
  const never = [...identity].flatMap(([arn, statements]) => {
    const actions = new Set(statements.filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action = [] }) => Action));
    const role = arn.split('/').at(-1) as string;
    return [...actions].filter((action) => !used.has(`${arn} ${action}`)).map((action) => ({ role, action, because: reasonFor(action) }));
  });
  const explained = never.filter((grant): grant is Grant & { because: string } => grant.because !== undefined);
  return { unexplained: never.filter(({ because }) => because === undefined), explained };
}

const reasonFor = (action: string) => EXPLAINED.find(([pattern]) => pattern.test(action))?.[1];
