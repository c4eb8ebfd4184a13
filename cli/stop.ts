import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { askToStop } from '#approval/ask-to-stop.flow';
import { stopPorts } from '#services';
import { connect } from './connection.ts';
import { UsageError } from './usage-error.ts';

/** Requests a stop of a deployment. If it is too late, the error says why and what to do instead. */
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
  if (!result.accepted) throw new UsageError(`${kind} of ${id} is refused: ${result.because}`);
  if (options.json) console.log(JSON.stringify({ id, accepted: true, status: result.deployment.status }));
  else
    console.log(
      `${kind} of ${id} is recorded. The deployment is ${result.deployment.status} and stops at its next poll; \`sluice show ${id}\` prints its progress.`,
    );
}
