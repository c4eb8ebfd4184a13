import { randomBytes } from 'node:crypto';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { isSamePerson } from '#domain/approval';
import { parseLink } from '#domain/approval-link';
import type { Assurance } from '#domain/deployment';
import type { SignIn } from '#domain/policy';
import { signInPage, wrongPersonPage } from '#pages/approval-page';
import { ApplicationNotFound } from './errors.ts';
import { formOf } from './link-form.ts';
import type { OpenedLink } from './open-link.ts';
import { answer } from './page-answer.ts';
import { identities, records } from './services.ts';

const IDENTITY = 'sluice_identity';
const RETURN = 'sluice_return';

export type Person = { readonly assurance: Assurance } | { readonly instead: APIGatewayProxyStructuredResultV2 };

/** Says how strongly the reader is known; where policy wants them signed in, anybody else gets another page and nothing of the deployment. */
export async function identify(event: APIGatewayProxyEventV2, { link, deployment }: OpenedLink): Promise<Person> {
  const { signIn } = deployment.policy.production.approval;
  if (!signIn) return { assurance: 'link' };
  const token = tokenOf(event);
  const mail = token && (await identities().mailOf(token, signIn));
  if (!mail) return { instead: askToSignIn(event, signIn, deployment.application) };
  return isSamePerson(mail, link.approver) ? { assurance: 'signed-in' } : { instead: answer(403, wrongPersonPage(mail)) };
}

/** A proxy that signs people in sends a bearer token; our own sign-in leaves a cookie. */
const tokenOf = (event: APIGatewayProxyEventV2) =>
  /^Bearer (\S+)$/i.exec(event.headers?.authorization ?? '')?.[1] ?? cookie(event, IDENTITY);

const cookie = ({ cookies = [] }: APIGatewayProxyEventV2, name: string) =>
  cookies.find((set) => set.startsWith(`${name}=`))?.slice(name.length + 1);

function unknown(error: unknown): undefined {
  if (!(error instanceof ApplicationNotFound)) throw error;
}

/** The link stays in a cookie of ours and is never told to the issuer. */
function askToSignIn(event: APIGatewayProxyEventV2, { authorizeUrl, audience }: SignIn, application: string) {
  if (!authorizeUrl) return answer(401, signInPage());
  const url = new URL(authorizeUrl);
  const asked = { response_type: 'id_token', response_mode: 'form_post', scope: 'openid email', client_id: audience, state: application };
  const redirect_uri = `https://${event.requestContext.domainName}/sign-in`;
  const nonce = randomBytes(16).toString('base64url');
  for (const [name, value] of Object.entries({ ...asked, redirect_uri, nonce })) url.searchParams.set(name, value);
  const back = `${RETURN}=${nonce}${event.rawPath}; Path=/sign-in; Max-Age=600; HttpOnly; Secure; SameSite=None`;
  return { ...answer(401, signInPage(url.href)), cookies: [back] };
}

/** Takes the issuer's form post, and leads back to the link; a token that does not verify, or was not asked for by this browser (OpenID Connect Core, 3.2.2.11), leads nowhere. */
export async function finishSignIn(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  const form = formOf(event);
  const application = await records()
    .readApplication(form.get('state') ?? '')
    .catch(unknown);
  const { signIn } = application?.policy.production.approval ?? {};
  const token = form.get('id_token') ?? '';
  const [, nonce, back = ''] = /^([\w-]{22})(\/.*)$/.exec(cookie(event, RETURN) ?? '') ?? [];
  if (!signIn || !nonce || !(await identities().mailOf(token, signIn, nonce))) return answer(401, signInPage());
  const kept = `${IDENTITY}=${token}; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Lax`;
  if (!parseLink(back, '')) return { ...answer(200, signInPage()), cookies: [kept] };
  const page = answer(303, '');
  return { ...page, headers: { ...page.headers, location: back }, cookies: [kept] };
}
