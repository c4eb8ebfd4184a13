import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import * as z from 'zod';
import { unlock } from '#outcome/unlock.flow';
import { environmentNames } from '#policy/policy';
import { unlockPorts } from '#services';
import { connect } from './connection.ts';
import { UsageError } from './usage-error.ts';

/** Gives back the lock of an environment that a failed rollback keeps, when what serves there is well again. */
export async function unlockEnvironment(
  application: string,
  named: string,
  options: { outputs?: string; json?: boolean; reason?: string },
): Promise<void> {
  const { data: environment } = z.enum(environmentNames).safeParse(named);
  if (!environment) throw new UsageError(`${named}: an environment is one of ${environmentNames.join(', ')}`);
  if (!options.reason) throw new UsageError('say with --reason what you did to restore it; the audit keeps it');
  connect(options.outputs);
  const by = `operator ${userInfo().username}`;
  const result = await unlock(unlockPorts(), { application, environment }, { by, reason: options.reason }, `cli/${randomUUID()}`);
  if (!result.unlocked) throw new UsageError(`${application} ${environment} stays as it is: ${result.because}`);
  if (options.json) console.log(JSON.stringify({ application, environment, ...result }));
  else console.log(`${application} ${environment} is free again: ${result.serves}. Who waits for it goes on.`);
}
