import { randomBytes } from 'node:crypto';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { isSamePerson } from '#domain/approval';
import { parseLink } from '#domain/approval-link';
import type { Assurance } from '#domain/deployment';
import type { SignIn } from '#domain/policy';
import { signInFailedPage, signInPage, wrongPersonPage } from '#pages/approval-page';
import { applicationSchema } from '#ports/applications';
import { ApplicationNotFound, IssuerUnreachable } from './errors.ts';
import type { HttpRequest } from './http-request.ts';
import { formOf } from './link-form.ts';
import { publicUrl } from './links.ts';
import type { OpenedLink } from './open-link.ts';
import { answer } from './page-answer.ts';
import { refusedEvent } from './refused-event.ts';
import { deployments, identities, records } from './services.ts';

const IDENTITY = 'sluice_identity';
const RETURN = 'sluice_return';
/** What a browser keeps of one cookie; a longer one it drops without a word. */
const LONGEST_COOKIE = 4096;

export type Person = { readonly assurance: Assurance } | { readonly instead: APIGatewayProxyStructuredResultV2 };

/** Says how strongly the reader is known; where policy wants them signed in, anybody else gets another page and nothing of the deployment. */
export const identify = (event: HttpRequest, opened: OpenedLink): Promise<Person> =>
  known(event, opened).catch((error) => ({ instead: cannotVerify(error) }));

async function known(event: HttpRequest, opened: OpenedLink): Promise<Person> {
  const { link, deployment } = opened;
  const { signIn } = deployment.policy.production.approval;
  if (!signIn) return { assurance: 'link' };
  const token = tokenOf(event);
  const mail = token && (await identities().mailOf(token, signIn));
  if (!mail) return { instead: askToSignIn(event, signIn, deployment.application) };
  if (isSamePerson(mail, link.approver)) return { assurance: 'signed-in' };
  if (event.requestContext.http.method === 'POST') await writeDown(opened, mail);
  return { instead: answer(403, wrongPersonPage(mail)) };
}

function cannotVerify(error: unknown): APIGatewayProxyStructuredResultV2 {
  if (error instanceof IssuerUnreachable) return answer(503, signInFailedPage('unreachable'));
  throw error;
}

/** Once for each person and link, however often they send it. */
async function writeDown({ link, deployment }: OpenedLink, mail: string): Promise<void> {
  const refusal = { by: mail, because: `this link is for ${link.approver}`, assurance: 'signed-in' } as const;
  const place = `wrong-person/${link.subject}/${link.action}/${mail}`;
  await deployments().record(deployment.id, { place, actor: mail }, (current) => ({ event: refusedEvent(link, refusal), next: current }));
}

/** A proxy that signs people in sends a bearer token; our own sign-in leaves a cookie. */
const tokenOf = (event: HttpRequest) => /^Bearer (\S+)$/i.exec(event.headers?.authorization ?? '')?.[1] ?? cookie(event, IDENTITY);

const cookie = ({ cookies = [] }: HttpRequest, name: string) => cookies.find((set) => set.startsWith(`${name}=`))?.slice(name.length + 1);

const returning = (value: string, seconds: number) =>
  `${RETURN}=${value}; Path=/sign-in; Max-Age=${seconds}; HttpOnly; Secure; SameSite=None`;

/** The link stays in a cookie of ours and is never told to the issuer. */
function askToSignIn(event: HttpRequest, { authorizeUrl, audience }: SignIn, application: string) {
  if (!authorizeUrl) return answer(401, signInPage());
  const url = new URL(authorizeUrl);
  const asked = { response_type: 'id_token', response_mode: 'form_post', scope: 'openid email', client_id: audience, state: application };
  const nonce = randomBytes(16).toString('base64url');
  for (const [name, value] of Object.entries({ ...asked, redirect_uri: publicUrl('/sign-in'), nonce })) url.searchParams.set(name, value);
  return { ...answer(401, signInPage(url.href)), cookies: [returning(`${nonce}${event.rawPath}`, 600)] };
}

/** Takes the issuer's form post, and leads back to the link; a token that does not verify, or was not asked for by this browser (OpenID Connect Core, 3.2.2.11), leads nowhere. */
export const finishSignIn = (event: HttpRequest): Promise<APIGatewayProxyStructuredResultV2> => finish(event).catch(cannotVerify);

async function finish(event: HttpRequest): Promise<APIGatewayProxyStructuredResultV2> {
  const form = formOf(event);
  const signIn = await signInOf(form.get('state') ?? '');
  const token = form.get('id_token') ?? '';
  const [, nonce, back = ''] = /^([\w-]{22})(\/.*)$/.exec(cookie(event, RETURN) ?? '') ?? [];
  if (!signIn || !nonce || !(await identities().mailOf(token, signIn, nonce))) return answer(401, signInPage());
  const kept = `${IDENTITY}=${token}; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Lax`;
  if (kept.length > LONGEST_COOKIE) return { ...answer(401, signInFailedPage('too-large')), cookies: [returning('', 0)] };
  const cookies = [kept, returning('', 0)];
  if (!parseLink(back, '')) return { ...answer(200, signInPage()), cookies };
  const page = answer(303, '');
  return { ...page, headers: { ...page.headers, location: back }, cookies };
}

async function signInOf(application: string): Promise<SignIn | undefined> {
  if (!applicationSchema.shape.name.safeParse(application).success) return undefined;
  const found = await records().readApplication(application).catch(unknown);
  return found?.policy.production.approval.signIn;
}

function unknown(error: unknown): undefined {
  if (!(error instanceof ApplicationNotFound)) throw error;
}
