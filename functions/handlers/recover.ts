import * as z from 'zod';
import { wakeQuestion } from '#approval/wake-question.flow';
import { pageLostRollback, recoverDeployment } from '#outcome/recovery.flow';
import { sweepLocks } from '#outcome/sweep-locks.flow';
import { lambda } from '#platform/handler';
import { allExecutions, deployments, recoveryPorts, sweepPorts, wakePorts } from '#services';

const statusChange = z.looseObject({
  detail: z.looseObject({ name: z.string(), status: z.string(), stateMachineArn: z.string(), input: z.string().nullish() }),
});
const sweep = z.looseObject({ sweep: z.literal(true) });

const openStatuses = ['Admitted', 'Resolving', 'Staging', 'Authorising', 'Production', 'Verifying', 'RollingBack'] as const;
const LOST = ['FAILED', 'TIMED_OUT', 'ABORTED'];

export const handler = lambda(z.union([sweep, statusChange]), async (event) => {
  if ('sweep' in event) {
    const recovered = await sweepOpen();
    await sweepLocks(sweepPorts());
    return { recovered };
  }
  const { name, status, input } = (event as z.infer<typeof statusChange>).detail;
  const { deploymentId } = z.looseObject({ deploymentId: z.string() }).parse(JSON.parse(input ?? `{"deploymentId":"${name}"}`));
  const deployment = await deployments().read(deploymentId);
  if (name === deploymentId) return { recovered: await recoverDeployment(recoveryPorts(), deployment, name, status) };
  return { recovered: await pageLostRollback(recoveryPorts(), deployment, name, status) };
});

/** Finds open deployments with an execution that ended, in case the event about its end was lost. */
async function sweepOpen(): Promise<string[]> {
  const open = (await Promise.all(openStatuses.map((status) => deployments().withStatus(status)))).flat();
  const recovered: string[] = [];
  for (const deployment of open) {
    const status = await allExecutions().statusOfDeployment(deployment.id);
    // If a click crashed between its write and its callback, the callback is sent here.
    if (deployment.status === 'Authorising') await wakeQuestion(wakePorts(), await deployments().read(deployment.id));
    if (status && LOST.includes(status)) recovered.push(...(await recoverDeployment(recoveryPorts(), deployment, deployment.id, status)));
  }
  return recovered;
}
