import { lambda } from '#platform/handler';
import { webPorts } from '#services';
import { isAboutDeployment, isStop } from '#web/approval-link';
import { type HttpReply, httpRequest } from '#web/http-request';
import { openLink } from '#web/open-link.flow';
import { reply } from '#web/page-reply';
import { notFoundPage } from '#web/pages/outcome-page';
import { serveQuestionPage } from '#web/question-page.flow';
import { finishSignIn, identify } from '#web/sign-in.flow';
import { serveStopPage } from '#web/stop-page.flow';
import { serveViewPage } from '#web/view-page.flow';

const methods = ['GET', 'HEAD', 'POST'];

export const handler = lambda(httpRequest, async (event): Promise<HttpReply> => {
  const { method } = event.requestContext.http;
  const ports = webPorts();
  if (event.rawPath === '/sign-in' && method === 'POST') return finishSignIn(ports, event);
  const opened = await openLink(ports, event.rawPath, event.rawQueryString);
  if (!opened || !methods.includes(method)) return reply(404, notFoundPage());
  const person = await identify(ports, event, opened);
  if ('instead' in person) return person.instead;
  const { link, deployment, approval } = opened;
  if (isStop(link)) return serveStopPage(ports, event, { link, deployment, ...person });
  if (isAboutDeployment(link, deployment.id)) return serveViewPage(ports, deployment);
  return approval ? serveQuestionPage(ports, event, { link, deployment, approval, ...person }) : reply(404, notFoundPage());
});
