import type { Approval, Deployment } from '#deployment/deployment';
import { approvals, now } from '#services';
import { withdrawQuestion } from './settle-question.flow.ts';

/** Withdraws the question that was open for the same environment, since at most one of two fixes built on the same commit can be released; call it when the new one is on the record. */
export async function supersedeQuestions({ id, application }: Deployment, { environment = 'production', digest }: Approval): Promise<void> {
  for (;;) {
    const before = await approvals().findQuestion(application, environment);
    if (before === id) return;
    if (before !== undefined) await supersede(before, id, digest);
    if (await approvals().keepQuestion(application, environment, id, before)) return;
  }
}

async function supersede(deploymentId: string, by: string, digest: string): Promise<void> {
  const reason = `${by} asks for the same environment with the newer artefact ${digest}; submit the issue again if it is still wanted`;
  const occasion = { place: `superseded/${by}`, actor: 'sluice/RequestApproval' };
  await withdrawQuestion(deploymentId, occasion, { action: 'supersede', by, at: now().toISOString(), reason });
}
