import { randomBytes } from 'node:crypto';
import { isSamePerson } from '#approval/approval';
import type { Assurance } from '#deployment/deployment';
import type { Deployments } from '#deployment/deployments.port';
import { ApplicationNotFound, IssuerUnreachable, undefinedIf } from '#platform/errors';
import { applicationSchema } from '#policy/application';
import type { Applications } from '#policy/applications.port';
import type { SignIn } from '#policy/policy';
import { signInFailedPage, signInPage, wrongPersonPage } from '#web/pages/sign-in-page';
import { parseLink } from './approval-link.ts';
import type { HttpReply, HttpRequest } from './http-request.ts';
import type { Identities } from './identities.port.ts';
import { formOf } from './link-form.flow.ts';
import { addressOf, type LinkPorts } from './links.flow.ts';
import type { OpenedLink } from './open-link.flow.ts';
import { reply } from './page-reply.ts';
import { refusedEvent } from './refused-event.ts';

const IDENTITY = 'sluice_identity';
const RETURN = 'sluice_return';
/** The longest cookie in characters. A browser drops a longer one silently. */
const LONGEST_COOKIE = 4096;

export interface SignInPorts extends LinkPorts {
  readonly applications: Applications;
  readonly deployments: Deployments;
  readonly identities: Identities;
}

export type Person = { readonly assurance: Assurance } | { readonly instead: HttpReply };

/**
 * Says how a reader proved who they are.
 * If the policy asks for sign-in, other readers get a page without anything about the deployment.
 */
export const identify = (ports: SignInPorts, event: HttpRequest, opened: OpenedLink): Promise<Person> =>
  known(ports, event, opened).catch((error) => ({ instead: cannotVerify(error) }));

async function known(ports: SignInPorts, event: HttpRequest, opened: OpenedLink): Promise<Person> {
  const { link, deployment } = opened;
  const { signIn } = deployment.policy.production.approval;
  if (!signIn) return { assurance: 'link' };
  const token = tokenOf(event);
  const mail = token && (await ports.identities.mailOf(token, signIn));
  if (!mail) return { instead: askToSignIn(ports, event, signIn, deployment.application) };
  if (isSamePerson(mail, link.approver)) return { assurance: 'signed-in' };
  if (event.requestContext.http.method === 'POST') await writeDown(ports, opened, mail);
  return { instead: reply(403, wrongPersonPage(mail)) };
}

function cannotVerify(error: unknown): HttpReply {
  if (error instanceof IssuerUnreachable) return reply(503, signInFailedPage('unreachable'));
  throw error;
}

/** Records a wrong person once for each person and link, even if they send the form again. */
async function writeDown(ports: SignInPorts, { link, deployment }: OpenedLink, mail: string): Promise<void> {
  const refusal = { by: mail, because: `this link is for ${link.approver}`, assurance: 'signed-in' } as const;
  const entryKey = `wrong-person/${link.subject}/${link.action}/${mail}`;
  await ports.deployments.record(deployment.id, { entryKey, actor: mail }, (current) => ({
    event: refusedEvent(link, refusal),
    next: current,
  }));
}

/** A proxy with its own sign-in sends a bearer token. Our sign-in sets a cookie. */
const tokenOf = (event: HttpRequest) => /^Bearer (\S+)$/i.exec(event.headers?.authorization ?? '')?.[1] ?? cookie(event, IDENTITY);

const cookie = ({ cookies = [] }: HttpRequest, name: string) => cookies.find((set) => set.startsWith(`${name}=`))?.slice(name.length + 1);

const returning = (value: string, seconds: number) =>
  `${RETURN}=${value}; Path=/sign-in; Max-Age=${seconds}; HttpOnly; Secure; SameSite=None`;

/** Keeps the link in our own cookie, so the issuer never sees it. */
function askToSignIn(ports: SignInPorts, event: HttpRequest, { authorizeUrl, audience }: SignIn, application: string) {
  if (!authorizeUrl) return reply(401, signInPage());
  const url = new URL(authorizeUrl);
  const asked = { response_type: 'id_token', response_mode: 'form_post', scope: 'openid email', client_id: audience, state: application };
  const nonce = randomBytes(16).toString('base64url');
  for (const [name, value] of Object.entries({ ...asked, redirect_uri: addressOf(ports, '/sign-in'), nonce }))
    url.searchParams.set(name, value);
  return { ...reply(401, signInPage(url.href)), cookies: [returning(`${nonce}${event.rawPath}`, 600)] };
}

/**
 * Takes the issuer's form post and redirects to the link.
 * An invalid token, or one that this browser did not ask for (OpenID Connect Core, 3.2.2.11), asks to sign in.
 */
export const finishSignIn = (ports: SignInPorts, event: HttpRequest): Promise<HttpReply> => finish(ports, event).catch(cannotVerify);

async function finish(ports: SignInPorts, event: HttpRequest): Promise<HttpReply> {
  const form = formOf(event);
  const signIn = await signInOf(ports, form.get('state') ?? '');
  const token = form.get('id_token') ?? '';
  const [, nonce, back = ''] = /^([\w-]{22})(\/.*)$/.exec(cookie(event, RETURN) ?? '') ?? [];
  if (!signIn || !nonce || !(await ports.identities.mailOf(token, signIn, nonce))) return reply(401, signInPage());
  const identityCookie = `${IDENTITY}=${token}; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Lax`;
  if (identityCookie.length > LONGEST_COOKIE) return { ...reply(401, signInFailedPage('too-large')), cookies: [returning('', 0)] };
  const cookies = [identityCookie, returning('', 0)];
  if (!parseLink(back, '')) return { ...reply(200, signInPage()), cookies };
  const page = reply(303, '');
  return { ...page, headers: { ...page.headers, location: back }, cookies };
}

async function signInOf(ports: SignInPorts, application: string): Promise<SignIn | undefined> {
  if (!applicationSchema.shape.name.safeParse(application).success) return undefined;
  const found = await ports.applications.readApplication(application).catch(undefinedIf(ApplicationNotFound));
  return found?.policy.production.approval.signIn;
}
