import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import * as z from 'zod';
import { unlock } from '#outcome/unlock.flow';
import { environmentNames } from '#policy/policy';
import { unlockPorts } from '#services';
import { connect } from './connection.ts';
import { UsageError } from './usage-error.ts';

/** Releases the lock that a failed rollback keeps, if the version that serves the environment is healthy. */
export async function unlockEnvironment(
  application: string,
  named: string,
  options: { outputs?: string; json?: boolean; reason?: string },
): Promise<void> {
  const { data: environment } = z.enum(environmentNames).safeParse(named);
  if (!environment) throw new UsageError(`${named}: an environment is one of ${environmentNames.join(', ')}`);
  if (!options.reason) throw new UsageError('--reason is missing: say what you did to restore the environment; the audit trail keeps it');
  connect(options.outputs);
  const by = `operator ${userInfo().username}`;
  const result = await unlock(unlockPorts(), { application, environment }, { by, reason: options.reason }, `cli/${randomUUID()}`);
  if (!result.unlocked) throw new UsageError(`unlock of ${application} ${environment} is refused: ${result.because}`);
  if (options.json) console.log(JSON.stringify({ application, environment, ...result }));
  else console.log(`the lock of ${application} ${environment} is released: ${result.serves}; a waiting deployment goes on`);
}
