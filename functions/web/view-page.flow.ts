import type { Deployment } from '#deployment/deployment';
import type { Deployments } from '#deployment/deployments.port';
import { deploymentPage } from '#web/pages/deployment-page';
import type { HttpReply } from './http-request.ts';
import { reply } from './page-reply.ts';

/** Shows the state of a deployment to the holder of a view link. */
export async function serveViewPage(ports: { readonly deployments: Deployments }, deployment: Deployment): Promise<HttpReply> {
  return reply(200, deploymentPage(deployment, await ports.deployments.trail(deployment.id)));
}
