import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Deployment } from '#domain/deployment';
import { deploymentPage } from '#pages/deployment-page';
import { answer } from './page-answer.ts';
import { deployments } from './services.ts';

/** Shows where a deployment stands, to whoever holds a link that only looks. */
export async function answerView(deployment: Deployment): Promise<APIGatewayProxyStructuredResultV2> {
  return answer(200, deploymentPage(deployment, await deployments().trail(deployment.id)));
}
