import { lambda } from '#platform/handler';
import { webPorts } from '#services';
import { answerQuestion } from '#web/answer-question.flow';
import { answerStop } from '#web/answer-stop.flow';
import { answerView } from '#web/answer-view.flow';
import { isAboutDeployment, isStop } from '#web/approval-link';
import { type HttpReply, httpRequest } from '#web/http-request';
import { openLink } from '#web/open-link.flow';
import { answer } from '#web/page-answer';
import { notFoundPage } from '#web/pages/outcome-page';
import { finishSignIn, identify } from '#web/sign-in.flow';

const methods = ['GET', 'HEAD', 'POST'];

export const handler = lambda(httpRequest, async (event): Promise<HttpReply> => {
  const { method } = event.requestContext.http;
  const ports = webPorts();
  if (event.rawPath === '/sign-in' && method === 'POST') return finishSignIn(ports, event);
  const opened = await openLink(ports, event.rawPath, event.rawQueryString);
  if (!opened || !methods.includes(method)) return answer(404, notFoundPage());
  const person = await identify(ports, event, opened);
  if ('instead' in person) return person.instead;
  const { link, deployment, approval } = opened;
  if (isStop(link)) return answerStop(ports, event, { link, deployment, ...person });
  if (isAboutDeployment(link, deployment.id)) return answerView(ports, deployment);
  return approval ? answerQuestion(ports, event, { link, deployment, approval, ...person }) : answer(404, notFoundPage());
});
