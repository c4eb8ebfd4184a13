import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { isAboutDeployment, isStop } from '#domain/approval-link';
import { notFoundPage } from '#pages/approval-page';
import { answerQuestion } from '#support/answer-question';
import { answerStop } from '#support/answer-stop';
import { answerView } from '#support/answer-view';
import { lambda } from '#support/handler';
import { httpRequest } from '#support/http-request';
import { openLink } from '#support/open-link';
import { answer } from '#support/page-answer';
import { finishSignIn, identify } from '#support/sign-in';

const methods = ['GET', 'HEAD', 'POST'];

export const handler = lambda(httpRequest, async (event): Promise<APIGatewayProxyStructuredResultV2> => {
  const { method } = event.requestContext.http;
  if (event.rawPath === '/sign-in' && method === 'POST') return finishSignIn(event);
  const opened = await openLink(event.rawPath, event.rawQueryString);
  if (!opened || !methods.includes(method)) return answer(404, notFoundPage());
  const person = await identify(event, opened);
  if ('instead' in person) return person.instead;
  const { link, deployment, approval } = opened;
  if (isStop(link)) return answerStop(event, { link, deployment, ...person });
  if (isAboutDeployment(link, deployment.id)) return answerView(deployment);
  return approval ? answerQuestion(event, { link, deployment, approval, ...person }) : answer(404, notFoundPage());
});
