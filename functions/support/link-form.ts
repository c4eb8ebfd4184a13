import { randomBytes } from 'node:crypto';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { digestFragment, type Link } from '#domain/approval-link';
import { isOurNonce, signNonce } from './links.ts';
import { now } from './services.ts';

const FORM_LIVES_MS = 60 * 60_000;

/** Spelt as `freshForm` does: KMS answers with an error to what is empty or long, which would say more than that the form is stale. */
const NONCE = /^[\w-]{22}$/;
const PROOF = /^[^.]+\.[\w-]{43}$/;

export type FormState = 'answered' | 'stale' | 'blank' | 'mistyped';

/** Makes what a form carries, so that only a page which we rendered for this link can be sent back. */
export async function freshForm(link: Link, error?: string) {
  const nonce = randomBytes(16).toString('base64url');
  const renderedAt = now().toISOString();
  return { nonce, renderedAt, proof: await signNonce(link, renderedAt, nonce), ...(error && { error }) };
}

/** Says whether a form is one of ours, fresh, and has the characters that a person types. */
export async function stateOf(form: URLSearchParams, link: Link, digest: string): Promise<FormState> {
  const field = (name: string) => form.get(name) ?? '';
  const isSpeltAsOurs = PROOF.test(field('proof')) && NONCE.test(field('nonce'));
  const fresh = isSpeltAsOurs && now().getTime() - Date.parse(field('rendered')) < FORM_LIVES_MS;
  if (!fresh || !(await isOurNonce(link, field('rendered'), field('nonce'), field('proof')))) return 'stale';
  const typed = field('fragment').trim().toLowerCase();
  if (!typed) return 'blank';
  return typed === digestFragment(digest) ? 'answered' : 'mistyped';
}

const mismatch = 'The six characters do not match the artefact. Nothing was decided; please type them again.';
export const mistakes: Readonly<Record<Exclude<FormState, 'answered'>, string>> = {
  stale: 'This form is out of date. Nothing was decided; please answer again.',
  blank: mismatch,
  mistyped: mismatch,
};

export const formOf = ({ body = '', isBase64Encoded }: APIGatewayProxyEventV2): URLSearchParams =>
  new URLSearchParams(isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body);
