import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { askToStop } from '#approval/ask-to-stop.flow';
import { stopPorts } from '#services';
import { connect } from './connection.ts';
import { UsageError } from './usage-error.ts';

/** Asks a deployment to stop; the answer says what happens next, or why it is too late and what to do instead. */
export async function stopDeployment(
  kind: 'cancel' | 'rollback',
  id: string,
  options: { outputs?: string; json?: boolean; reason: string },
): Promise<void> {
  connect(options.outputs);
  const result = await askToStop(
    stopPorts(),
    id,
    { kind, by: `operator ${userInfo().username}`, reason: options.reason },
    `cli/${randomUUID()}`,
  );
  if (!result.accepted) throw new UsageError(`${id} cannot be stopped by ${kind}: ${result.because}`);
  if (options.json) console.log(JSON.stringify({ id, accepted: true, status: result.deployment.status }));
  else
    console.log(
      `${kind} of ${id} is written down; it is ${result.deployment.status} now and acts on it at its next poll. \`sluice show ${id}\` follows it.`,
    );
}
